import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../random.js';
import type { Values } from '../../network/index.js';
import { accumulate, onTape, routeOf, Run } from './index.js';
import type { Plan } from '../stage/index.js';

/** How layers behave whose behaviour in training differs from that in prediction. */
export interface TrainingMode {
  readonly plan: Plan;
  /** Where dropout draws its masks from. */
  readonly random: Random;
}

/** A loss, and its gradient for each of a plan's variables, in their order. Whoever receives it disposes them. */
export interface LossGradients {
  readonly loss: tf.Scalar;
  readonly gradients: readonly tf.Tensor[];
}

/**
 * Runs the suffix of a plan as in training, and back.
 *
 * @param given values at the boundary of the plan; they stay the caller's.
 * @param lossOf gives the loss of the samples from what goes into the model's softmax; it is differentiated. What the
 *   layers' regularizers add is no part of it: it is added here.
 */
export function lossGradients(
  given: Values,
  output: number,
  mode: TrainingMode,
  lossOf: (logits: tf.Tensor) => tf.Scalar,
): LossGradients {
  const { plan } = mode;
  return tf.tidy(() => {
    const run = new Run(routeOf(plan, output), given, mode.random);
    try {
      const logits = run.forward();
      const { value, grads } = onTape(() => lossOf(logits), [logits]);
      const found = run.backward(grads[0]!);
      const penalty = regularization(plan, found);
      const gradients = plan.variables.map((variable) => found.get(variable) ?? tf.zerosLike(variable));
      return { loss: penalty ? tf.add(value, penalty) : value, gradients } as unknown as tf.TensorContainer;
    } finally {
      run.dispose();
    }
  }) as unknown as LossGradients;
}

/** Adds the gradients of the layers' regularizers to those found, and gives what they add to the loss. */
function regularization({ trained, variables }: Plan, found: Map<tf.Variable, tf.Tensor>): tf.Scalar | undefined {
  const penalized = [...trained].filter((layer) => layer.losses.length > 0);
  if (penalized.length === 0) return undefined;
  const own = variables.filter((variable) =>
    penalized.some((layer) => layer.weights.some((weight) => weight.read() === variable)),
  );
  const { value, grads } = onTape(
    () =>
      penalized
        .flatMap((layer) => layer.calculateLosses())
        .reduce<tf.Scalar>((sum, term) => tf.add(sum, term), tf.scalar(0)),
    own,
  );
  own.forEach((variable, index) => {
    const gradient = grads[index];
    if (gradient) accumulate(found, variable, gradient);
  });
  return value;
}
