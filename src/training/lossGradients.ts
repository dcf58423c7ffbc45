import * as tf from '@tensorflow/tfjs-core';
import { runTrained, type TrainingMode, type Values } from './execute.js';

/** A loss, and its gradient for each of a plan's variables, in their order. Whoever receives it disposes them. */
export interface LossGradients {
  readonly loss: tf.Scalar;
  readonly gradients: readonly tf.Tensor[];
}

/**
 * Runs the suffix of a plan as in training, and back.
 *
 * @param given values at the boundary of the plan; they stay the caller's.
 * @param lossOf gives the loss of the samples from what goes into the model's softmax; it may be differentiated. What
 *   the layers' regularizers add is no part of it: it is added here.
 */
export function lossGradients(given: Values, output: number, mode: TrainingMode, lossOf: (logits: tf.Tensor) => tf.Scalar): LossGradients {
  const { plan } = mode;
  return tf.tidy(() => {
    const { value, grads } = taped(() => {
      const loss = lossOf(runTrained(given, output, mode));
      return [...plan.trained].flatMap((layer) => layer.calculateLosses()).reduce<tf.Scalar>((sum, term) => tf.add(sum, term), loss);
    }, plan.variables);
    return { loss: value, gradients: grads } as unknown as tf.TensorContainer;
  }) as unknown as LossGradients;
}

/** Like `tf.variableGrads`, for variables that the host may have marked as not trainable. */
function taped(f: () => tf.Scalar, variables: readonly tf.Variable[]): { value: tf.Scalar; grads: tf.Tensor[] } {
  try {
    return tf.engine().gradients(f, [...variables]) as { value: tf.Scalar; grads: tf.Tensor[] };
  } catch (error) {
    // tfjs frees what its tape saved only where all went well.
    for (const { saved } of tf.engine().state.activeTape ?? []) tf.dispose(saved ?? []);
    throw error;
  }
}
