import * as tf from '@tensorflow/tfjs-core';
import { isPromise, quoted } from '../../arguments.js';
import { handled } from '../../async.js';
import { onLiveBackend } from '../../backend/index.js';
import { SpineError } from '../../errors.js';
import type { Random } from '../../random.js';
import { addRegularization, onTape, Pass, routeOf } from '../gradients/index.js';
import type { CheckedObjective, TargetedBatch } from '../objective/index.js';
import type { Plan } from '../plan/index.js';

/** What a step found of its samples; whoever receives it disposes it. */
export interface Counts {
  /** Mean loss of the samples, and what the layers' regularizers add. */
  readonly loss: tf.Tensor;
  /** The sum of each measure over the samples, in the order of the objective's measures. */
  readonly measures: tf.Tensor[];
}

/** What a step asks of an objective. */
type Counting = Pick<CheckedObjective, 'name' | 'loss' | 'measures'>;

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
  objective: Counting,
  { values, targets: rows, targetShape }: TargetedBatch,
  random: Random,
): Step {
  return tf.tidy((): Step & tf.TensorContainerObject => {
    const targets = tf.tensor(rows, [...targetShape]);
    const pass = new Pass(routeOf(plan), values, random);
    try {
      const outputs = pass.forward();
      const measures = sumMeasures(objective, outputs, targets);
      const { value, gradient } = meanLoss(objective, outputs, targets);
      const found = pass.backward(gradient);
      const penalty = addRegularization(plan, found);
      const loss = penalty ? tf.add(value, penalty) : value;
      const gradients = plan.variables.map((variable) => found.get(variable) ?? tf.zerosLike(variable));
      return { loss, measures, gradients };
    } finally {
      pass.dispose();
    }
  });
}

/** The mean loss and its gradient by the outputs. */
function meanLoss(
  objective: Counting,
  outputs: tf.Tensor,
  targets: tf.Tensor,
): { readonly value: tf.Tensor; readonly gradient: tf.Tensor } {
  try {
    const { value, grads } = onTape(() => tf.mean(lossesOf(objective, outputs, targets)), [outputs]);
    return { value, gradient: grads[0]! };
  } catch (cause) {
    // tfjs's own words, for a loss that does not come of the outputs and for an operation that it cannot differentiate.
    if (!(cause instanceof Error && cause.message.startsWith('Cannot compute gradient'))) throw cause;
    throw new SpineError(
      'invalid-argument',
      `The loss of the objective "${objective.name}" has no gradient by the outputs. Make it of the outputs that it is given, by operations of tfjs that have one: not by greater or topk, nor by numbers read from them.`,
      { cause },
    );
  }
}

/** The loss of each sample, [n]. */
export function lossesOf(objective: Counting, outputs: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  return ofEachSample(objective, 'loss', objective.loss(outputs, targets), targets);
}

/** The sum of each measure over the samples. */
export function sumMeasures(objective: Counting, outputs: tf.Tensor, targets: tf.Tensor): tf.Tensor[] {
  return Object.entries(objective.measures).map(([name, measure]) =>
    tf.tidy(() => tf.sum(ofEachSample(objective, name, measure(outputs, targets), targets))),
  );
}

/** @throws SpineError `invalid-argument` for anything but one number a sample, as a tensor. */
function ofEachSample(
  { name: objective }: Counting,
  name: string,
  counted: tf.Tensor,
  { shape: [samples] }: tf.Tensor,
): tf.Tensor {
  // Plain JavaScript may give anything.
  const isTensor = (counted as unknown) instanceof tf.Tensor;
  if (isTensor && counted.rank === 1 && counted.shape[0] === samples) return counted;
  if (isPromise(counted)) void handled(Promise.resolve(counted));
  const given = isTensor ? `[${counted.shape.join(', ')}]` : quoted(counted);
  const advice = isTensor
    ? 'Take means over all axes but the first.'
    : isPromise(counted)
      ? 'Make it without waiting: the function must not be async.'
      : 'Return a tensor, made by operations of tfjs.';
  throw new SpineError(
    'invalid-argument',
    `The ${name} of an objective must be one number a sample, [${samples}], and is ${given} in "${objective}". ${advice}`,
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
