import * as tf from '@tensorflow/tfjs-core';

/** Cross-entropy of each sample, [n], from logits [n, k] through a stable log-softmax. */
export function crossEntropy(logits: tf.Tensor, labels: Int32Array): tf.Tensor1D {
  return tf.tidy(() => {
    const truth = tf.oneHot(tf.tensor1d(labels, 'int32'), logits.shape[1] as number);
    return tf.neg(tf.sum(tf.mul(tf.cast(truth, 'float32'), tf.logSoftmax(logits)), 1)) as tf.Tensor1D;
  });
}

/** How many samples have their largest score in their own class. */
export function countCorrect(scores: tf.Tensor, labels: Int32Array): tf.Scalar {
  return tf.tidy(() => tf.sum(tf.cast(tf.equal(tf.argMax(scores, 1), tf.tensor1d(labels, 'int32')), 'float32')));
}
