import * as tf from '@tensorflow/tfjs-core';
import { onLiveBackend } from '../../backend/index.js';
import { SpineError } from '../../errors.js';
import type { Random } from '../../random.js';
import { addRegularization, onTape, Pass, routeOf } from '../gradients/index.js';
import type { PreparedObjective, TargetedBatch } from '../objective/index.js';
import type { Plan } from '../plan/index.js';

/** What a step found of its samples; whoever receives it disposes it. */
export interface Counts {
  /** Mean loss of the samples, and what the layers' regularizers add. */
  readonly loss: tf.Tensor;
  /** The sum of each measure over the samples, in the order of the objective's measures. */
  readonly measures: tf.Tensor[];
}

/** A step: its counts, and the gradient of the loss for each of the plan's variables, in their order. */
export interface Step extends Counts {
  readonly gradients: tf.Tensor[];
}

/**
 * Runs the suffix of a plan on some samples as in training, and back. Nothing is read back from the backend, and no
 * weight moves but the statistics of trained batch norms.
 *
 * @param batch its values stay the caller's.
 * @param random where dropout draws its masks from.
 */
export function takeStep(
  plan: Plan,
  objective: Pick<PreparedObjective, 'loss' | 'measures'>,
  { values, targets: rows, targetShape }: TargetedBatch,
  random: Random,
): Step {
  return tf.tidy((): Step & tf.TensorContainerObject => {
    const targets = tf.tensor(rows, [...targetShape]);
    const pass = new Pass(routeOf(plan), values, random);
    try {
      const outputs = pass.forward();
      const measures = sumMeasures(objective, outputs, targets);
      const { value, grads } = onTape(() => tf.mean(lossesOf(objective, outputs, targets)), [outputs]);
      const found = pass.backward(grads[0]!);
      const penalty = addRegularization(plan, found);
      const loss = penalty ? tf.add(value, penalty) : value;
      const gradients = plan.variables.map((variable) => found.get(variable) ?? tf.zerosLike(variable));
      return { loss, measures, gradients };
    } finally {
      pass.dispose();
    }
  });
}

/** The loss of each sample, [n]. */
export function lossesOf({ loss }: Pick<PreparedObjective, 'loss'>, outputs: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  return ofEachSample('loss', loss(outputs, targets), targets);
}

/** The sum of each measure over the samples. */
export function sumMeasures(
  { measures }: Pick<PreparedObjective, 'measures'>,
  outputs: tf.Tensor,
  targets: tf.Tensor,
): tf.Tensor[] {
  return Object.entries(measures).map(([name, measure]) =>
    tf.tidy(() => tf.sum(ofEachSample(name, measure(outputs, targets), targets))),
  );
}

function ofEachSample(name: string, counted: tf.Tensor, { shape: [samples] }: tf.Tensor): tf.Tensor {
  if (counted.rank === 1 && counted.shape[0] === samples) return counted;
  throw new SpineError(
    'invalid-argument',
    `The ${name} of an objective must be one number a sample, [${samples}], and is [${counted.shape.join(', ')}]. Take means over all axes but the first.`,
  );
}

/**
 * Reads counts back, and disposes them.
 *
 * @throws SpineError `backend-lost` if the backend was lost before or meanwhile.
 */
export async function readCounts({ loss, measures }: Counts): Promise<{ loss: number; measures: number[] }> {
  const scalars = [loss, ...measures];
  try {
    // On a backend that was lost they would read as zeros: the best loss of all.
    const [first, ...others] = await onLiveBackend(() =>
      Promise.all(scalars.map(async (scalar) => (await scalar.data())[0]!)),
    );
    return { loss: first!, measures: others };
  } finally {
    tf.dispose(scalars);
  }
}
