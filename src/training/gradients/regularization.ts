import * as tf from '@tensorflow/tfjs-core';
import type { Plan } from '../plan/index.js';
import { accumulate } from './pass.js';
import { onTape } from './taped.js';

/** Adds the gradients of the layers' regularizers to those found, and gives what they add to the loss. */
export function addRegularization(
  { trained, variables }: Plan,
  found: Map<tf.Variable, tf.Tensor>,
): tf.Scalar | undefined {
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
