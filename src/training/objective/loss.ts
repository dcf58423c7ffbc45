import * as tf from '@tensorflow/tfjs-core';

/** Cross-entropy of each sample, [n], from logits [n, k] through a stable log-softmax. */
export function crossEntropy(logits: tf.Tensor, labels: Int32Array): tf.Tensor1D {
  return tf.tidy(() =>
    targetCrossEntropy(logits, tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), logits.shape[1]!), 'float32')),
  );
}

/** Minus the sum of log-probabilities, weighted by `targets` [n, k], of each sample, [n], from logits [n, k]. */
export function targetCrossEntropy(logits: tf.Tensor, targets: tf.Tensor): tf.Tensor1D {
  return tf.tidy(() => tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1)) as tf.Tensor1D);
}

/** How many samples have their largest score in their own class. */
export function countCorrect(scores: tf.Tensor, labels: Int32Array): tf.Scalar {
  return tf.tidy(() => tf.sum(tf.cast(tf.equal(tf.argMax(scores, 1), tf.tensor1d(labels, 'int32')), 'float32')));
}
