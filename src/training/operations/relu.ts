import * as tf from '@tensorflow/tfjs-core';
import type { Operation } from './operation.js';

/** Rectifiers whose gradient shows in their result. */
export type Rectifier = 'relu' | 'relu6';

export const isRectifier = (activation: unknown): activation is Rectifier => activation === 'relu' || activation === 'relu6';

/** The gradient before a rectifier, from the one behind it and the rectifier's result. */
export function beforeRectifier(rectifier: Rectifier, dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  return tf.tidy(() => {
    const passes = tf.step(y);
    return tf.mul(dy, rectifier === 'relu' ? passes : tf.mul(passes, tf.step(tf.sub(6, y))));
  });
}

export function reluOperation(rectifier: Rectifier, inputs: readonly number[], output: number): Operation {
  return {
    inputs,
    output,
    isCostly: false,
    reads: { inputs: false, output: true },
    variables: [],
    forward: ([x]) => (rectifier === 'relu' ? tf.relu(x as tf.Tensor) : tf.relu6(x as tf.Tensor)),
    backward: ({ dy, output: y }) => ({ inputs: [beforeRectifier(rectifier, dy, y as tf.Tensor)], variables: new Map() }),
  };
}
