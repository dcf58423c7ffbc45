import type * as tf from '@tensorflow/tfjs-core';

/** What is kept of a weight in order to know it again: a sum with fixed signs and sizes, and the norm. */
export type WeightSum = readonly [sum: number, norm: number];

/** Weights are told apart beyond this part of their norm; a backend that rounds to 16 bits stays well below it. */
const tolerance = 1e-2;

export async function sumsOf(weights: readonly tf.Tensor[]): Promise<WeightSum[]> {
  const sums: WeightSum[] = [];
  for (const weight of weights) sums.push(sumOf((await weight.data()) as Float32Array));
  return sums;
}

/** The positions of those that are other weights. */
export function differingSums(a: readonly WeightSum[], b: readonly WeightSum[]): number[] {
  return a.flatMap(([sum, norm], index) => {
    const [otherSum, otherNorm] = b[index] ?? [NaN, NaN];
    const most = tolerance * Math.max(norm, otherNorm);
    return Math.abs(sum - otherSum) <= most && Math.abs(norm - otherNorm) <= most ? [] : [index];
  });
}

function sumOf(values: Float32Array): WeightSum {
  let [sum, squares] = [0, 0];
  for (const [index, value] of values.entries()) {
    // Fractions of multiples of the golden ratio are spread evenly over [0, 1).
    sum += value * (((index * 0.6180339887498949) % 1) * 2 - 1);
    squares += value * value;
  }
  return [sum, Math.sqrt(squares)];
}
