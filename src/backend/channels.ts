import * as tf from '@tensorflow/tfjs-core';

/** The axes of a tensor but the last, which counts channels. */
export const positionAxes = (x: tf.Tensor): number[] => Array.from({ length: x.rank - 1 }, (_, axis) => axis);

/** The sum of each channel over all samples and positions: [channels]. */
export function channelSums(x: tf.Tensor): tf.Tensor1D {
  return tf.tidy(() => {
    const [, height, width] = x.shape as [number, number, number];
    // A sum over leading axes transposes on wasm; its pooling does not, and is ten times as fast.
    if (tf.getBackend() === 'wasm' && x.rank === 4 && height * width > 1) {
      const means = tf.avgPool(x as tf.Tensor4D, [height, width], 1, 'valid');
      return tf.mul(tf.sum(means, [0, 1, 2]), height * width) as tf.Tensor1D;
    }
    return tf.sum(x, positionAxes(x)) as tf.Tensor1D;
  });
}
