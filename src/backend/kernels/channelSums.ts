import * as tf from '@tensorflow/tfjs-core';
import { tensorflowOperation } from './tensorflowOperations.js';

/** The sum of each channel, along the last axis, over all samples and positions: [channels]. */
export function channelSums(x: tf.Tensor): tf.Tensor1D {
  const [sums] = tensorflowOperation('BiasAddGrad', [x]) ?? [];
  return (sums as tf.Tensor1D | undefined) ?? tf.tidy(() => composedSums(x));
}

function composedSums(x: tf.Tensor): tf.Tensor1D {
  const [, height, width] = x.shape as [number, number, number];
  // A sum over leading axes transposes on wasm; its pooling does not, and is ten times as fast.
  if (tf.getBackend() === 'wasm' && x.rank === 4 && height * width > 1) {
    const means = tf.avgPool(x as tf.Tensor4D, [height, width], 1, 'valid');
    return tf.mul(tf.sum(means, [0, 1, 2]), height * width);
  }
  return tf.sum(
    x,
    Array.from({ length: x.rank - 1 }, (_, axis) => axis),
  );
}
