import * as tf from '@tensorflow/tfjs-core';

/**
 * Cross-entropy of each sample, [n]: from logits through a stable log-softmax, from probabilities through a logarithm
 * clipped at Keras's 1e-7.
 */
export function crossEntropy(result: tf.Tensor, isLogits: boolean, labels: Int32Array): tf.Tensor1D {
  return tf.tidy(() => {
    const scores = result as tf.Tensor2D;
    const truth = tf.oneHot(tf.tensor1d(labels, 'int32'), scores.shape[1]);
    const logProbabilities = isLogits ? tf.logSoftmax(scores) : tf.log(tf.clipByValue(scores, 1e-7, 1 - 1e-7));
    return tf.neg(tf.sum(tf.mul(tf.cast(truth, 'float32'), logProbabilities), 1)) as tf.Tensor1D;
  });
}

/** How many samples have their largest score in their own class. */
export function countCorrect(result: tf.Tensor, labels: Int32Array): tf.Scalar {
  return tf.tidy(() => tf.sum(tf.cast(tf.equal(tf.argMax(result as tf.Tensor2D, 1), tf.tensor1d(labels, 'int32')), 'float32')));
}
