import * as tf from '@tensorflow/tfjs-core';
import { tensorflowOperation } from '../../backend/index.js';
import type { Operation } from './operation.js';

/** Rectifiers whose gradient shows in their result. */
export type Rectifier = 'relu' | 'relu6';

const operations = { relu: 'ReluGrad', relu6: 'Relu6Grad' } as const;

/** Whether an activation is a rectifier. */
export const isRectifier = (activation: unknown): activation is Rectifier =>
  activation === 'relu' || activation === 'relu6';

/** A rectifier's result. */
export const rectify = (rectifier: Rectifier, x: tf.Tensor): tf.Tensor =>
  rectifier === 'relu' ? tf.relu(x) : tf.relu6(x);

/** The gradient before a rectifier, from the one behind it and the rectifier's result. */
export function rectifierGradient(rectifier: Rectifier, dy: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const [gradient] = tensorflowOperation(operations[rectifier], [dy, y]) ?? [];
  return (
    gradient ??
    tf.tidy(() => {
      const passes = tf.step(y);
      return tf.mul(dy, rectifier === 'relu' ? passes : tf.mul(passes, tf.step(tf.sub(6, y))));
    })
  );
}

export function rectifierOperation(rectifier: Rectifier, inputs: readonly number[], output: number): Operation {
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
