import * as tf from '@tensorflow/tfjs-core';
import type { NdArray } from 'ndarray';
import {
  blurMasker,
  constantMasker,
  imageMasker,
  ndarrayOf,
  type Explanation,
  type Masker,
  type PredictFn,
} from 'spine-xray-ml';

/** The images, weights and functions of test/golden/shap_partition.py. */

export function goldenImage(shape: readonly number[], factor = 7919): NdArray<Float32Array> {
  const pixels = Float32Array.from({ length: countOf(shape) }, (_, p) => ((p * factor + 13) % 256) / 255);
  return ndarrayOf(pixels, shape);
}

export function goldenWeights(count: number, output: number): Float64Array {
  return Float64Array.from(
    { length: count },
    (_, p) => (((p * 31 + output * 17 + p * p * (output + 3)) % 23) - 11) / 11,
  );
}

export function goldenFunction(x: Float64Array): number[] {
  const m = x.length;
  const s = [0, 1, 2, 3].map((k) => dot(x, goldenWeights(m, k)) / Math.sqrt(m)) as [number, number, number, number];
  const products = x.subarray(1).map((value, p) => value * x[p]!);
  const neighbours = dot(products, goldenWeights(m - 1, 5)) / Math.sqrt(m);
  return [Math.tanh(s[0] + neighbours), s[1] * s[2] + 0.3 * s[3], Math.exp(-s[2] * s[2]) + 0.5 * neighbours];
}

export type GoldenMasker =
  | { readonly type: 'blur'; readonly size: readonly [number, number] }
  | { readonly type: 'constant'; readonly value: number }
  | { readonly type: 'image' };

export function goldenMasker(kind: GoldenMasker, shape: readonly number[]): Masker {
  if (kind.type === 'blur') return blurMasker({ size: kind.size });
  if (kind.type === 'constant') return constantMasker(kind.value);
  return imageMasker(goldenImage(shape, 104729));
}

/** A function of one flattened image in double precision, as a PredictFn; it notes how many images it was given at a time. */
export function predictEach(outputsOf: (x: Float64Array) => readonly number[], batches: number[] = []): PredictFn {
  return async (images) => {
    const data = await images.data();
    const count = images.shape[0];
    batches.push(count);
    const size = data.length / count;
    const rows = Array.from({ length: count }, (_, row) => [
      ...outputsOf(Float64Array.from(data.subarray(row * size, (row + 1) * size))),
    ]);
    return tf.tensor2d(rows);
  };
}

/** For each output, base value + Σ values − output value, relative to the largest of them. */
export function additivityErrors({ values, baseValues, outputValues }: Explanation): number[] {
  const sums = Float64Array.from(baseValues);
  values.data.forEach((value, index) => (sums[index % sums.length]! += value));
  return Array.from(sums, (sum, k) => {
    const scale = Math.max(1e-30, Math.abs(outputValues[k]!), Math.abs(baseValues[k]!));
    return Math.abs(sum - outputValues[k]!) / scale;
  });
}

export function largestDifference(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  return Array.from(actual).reduce((largest, value, index) => Math.max(largest, Math.abs(value - expected[index]!)), 0);
}

export function sum(numbers: ArrayLike<number>): number {
  return Array.from(numbers).reduce((total, value) => total + value, 0);
}

export const countOf = (shape: readonly number[]) => shape.reduce((product, side) => product * side, 1);

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((total, value, index) => total + value * b[index]!, 0);
}
