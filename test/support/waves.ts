import * as tf from '@tensorflow/tfjs-core';

/** Deterministic values that no symmetry makes vanish. */
export function waves(shape: readonly number[], phase: number): tf.Tensor {
  const size = shape.reduce((product, side) => product * side, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(0.7 * i + phase) + 0.4 * Math.cos(2.3 * i)),
    [...shape],
  );
}
