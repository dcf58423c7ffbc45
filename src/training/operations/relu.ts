import * as tf from '@tensorflow/tfjs-core';
import { rectifierGradient, type Rectifier } from '../../backend/index.js';
import type { Operation } from './operation.js';

/** Whether an activation is a rectifier. */
export const isRectifier = (activation: unknown): activation is Rectifier => activation === 'relu' || activation === 'relu6';

export function reluOperation(rectifier: Rectifier, inputs: readonly number[], output: number): Operation {
  return {
    inputs,
    output,
    isCostly: false,
    reads: { inputs: false, output: true },
    variables: [],
    forward: ([x]) => (rectifier === 'relu' ? tf.relu(x as tf.Tensor) : tf.relu6(x as tf.Tensor)),
    backward: ({ dy, output: y }) => ({ inputs: [rectifierGradient(rectifier, dy, y as tf.Tensor)], variables: new Map() }),
  };
}
