import type * as tf from '@tensorflow/tfjs-core';

/** What is kept of a weight in order to know it again: a sum with fixed signs and sizes, and the norm. */
export type WeightSum = readonly [sum: number, norm: number];

/** Weights of two backends are told apart beyond this part of their norm: one that rounds to 16 bits stays below it. */
const tolerance = 1e-3;

/** Backends that hold every bit of a weight, and give the same initial weights each time. */
const exact: ReadonlySet<string> = new Set(['cpu', 'wasm', 'tensorflow']);

export async function sumsOf(weights: readonly tf.Tensor[]): Promise<WeightSum[]> {
  const sums: WeightSum[] = [];
  for (const weight of weights) sums.push(sumOf((await weight.data()) as Float32Array));
  return sums;
}

/**
 * The positions of those that are other weights.
 *
 * @param backend the one that both were read from, if it is one.
 */
export function differingSums(a: readonly WeightSum[], b: readonly WeightSum[], backend?: string): number[] {
  const part = backend !== undefined && exact.has(backend) ? 0 : tolerance;
  return a.flatMap(([sum, norm], index) => {
    const [otherSum, otherNorm] = b[index] ?? [NaN, NaN];
    const most = part * Math.max(norm, otherNorm);
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
