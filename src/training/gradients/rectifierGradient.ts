import * as tf from '@tensorflow/tfjs-core';
import { tensorflowOperation } from '../../backend/index.js';

/** Rectifiers whose gradient shows in their result. */
export type Rectifier = 'relu' | 'relu6';

const operations = { relu: 'ReluGrad', relu6: 'Relu6Grad' } as const;

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
