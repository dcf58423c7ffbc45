import * as tf from '@tensorflow/tfjs-core';

/** The attributes that tfjs passes to its matrix product. */
interface MatMulAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

type Product = (a: tf.Tensor, b: tf.Tensor, attributes: MatMulAttributes) => tf.Tensor;

/**
 * A matrix product by a backend that is right only where the sums have an even number of terms: WebGL's packs 2×2
 * numbers in a pixel, and where a side is odd it also adds the products of what lies in the rest of the pixels. There,
 * another operation may have left anything (the exponential of 0, a bias, NaN). So sums of odd length get another term,
 * 0.
 */
export function evenMatMul(a: tf.Tensor, b: tf.Tensor, attributes: MatMulAttributes, own: Product): tf.Tensor {
  const sharedA = a.rank - (attributes.transposeA ? 2 : 1);
  const sharedB = b.rank - (attributes.transposeB ? 1 : 2);
  if (a.shape[sharedA]! % 2 === 0) return own(a, b, attributes);
  return tf.tidy(() => own(withZeros(a, sharedA), withZeros(b, sharedB), attributes));
}

function withZeros(x: tf.Tensor, axis: number): tf.Tensor {
  return tf.pad(
    x,
    x.shape.map((_, index): [number, number] => [0, index === axis ? 1 : 0]),
  );
}

/** The kernel that corrects a backend's own matrix product. */
export function evenMatMulKernel(existing: tf.KernelFunc): tf.KernelFunc {
  return ({ inputs, attrs, backend }) => {
    const { a, b } = inputs as unknown as Readonly<Record<'a' | 'b', tf.Tensor>>;
    return evenMatMul(a, b, attrs as unknown as MatMulAttributes, (first, second, attributes) => {
      const call = { inputs: { a: first, b: second }, attrs: attributes as unknown as tf.NamedAttrMap, backend };
      return tf.engine().makeTensorFromTensorInfo(existing(call) as tf.TensorInfo);
    });
  };
}
