import * as tf from '@tensorflow/tfjs-core';
import type { Operation } from './operation.js';
import { type Rectifier, rectifierGradient } from './rectifierGradient.js';

/** Whether an activation is a rectifier. */
export const isRectifier = (activation: unknown): activation is Rectifier =>
  activation === 'relu' || activation === 'relu6';

/** A rectifier's result. */
export const rectify = (rectifier: Rectifier, x: tf.Tensor): tf.Tensor =>
  rectifier === 'relu' ? tf.relu(x) : tf.relu6(x);

export function reluOperation(rectifier: Rectifier, inputs: readonly number[], output: number): Operation {
  return {
    inputs,
    output,
    isCostly: false,
    reads: { inputs: false, output: true },
    variables: [],
    forward: ([x]) => rectify(rectifier, x!),
    backward: ({ dy, output: y }) => ({ inputs: [rectifierGradient(rectifier, dy, y!)], variables: new Map() }),
  };
}
