import * as tf from '@tensorflow/tfjs-core';
import { numberAbove, optionsOf, required } from '../../options.js';
import type { Random } from '../../random.js';
import { disposing, type Mixture, type ValueSource } from '../data/index.js';

/** How images are mixed (Zhang et al., 2018). */
export interface Mixup {
  /** The share of a sample in its mixture is drawn from Beta(α, α). Small: mostly one of the two. The authors take 0.1 to 0.4. */
  readonly alpha: number;
}

export const mixupOptions = optionsOf<Mixup>('mixup', { alpha: required(numberAbove(0)) });

/**
 * Mixes each image of another source with a second one of its batch: share · image + (1 − share) · other. Each sample
 * has a share of its own, as in the paper's formula and in Keras's MixUp. Partners are the batch in another order, so
 * that a sample may meet itself.
 */
export function mixedSource(source: ValueSource, { alpha }: Mixup, random: Random): ValueSource {
  return {
    size: source.size,
    async *batches(order, epoch) {
      const draws = random.fork('mixup', epoch);
      for await (const { values, samples, epoch: readFor } of source.batches(order, epoch)) {
        const partners = Int32Array.from(draws.shuffle([...samples.keys()]));
        const shares = Float32Array.from(samples, () => drawBeta(draws, alpha));
        const mixed = await disposing(values, () =>
          [...values.values()].map((images) => mix(images, partners, shares)),
        );
        yield {
          values: new Map([...values.keys()].map((value, index) => [value, mixed[index]!])),
          samples,
          epoch: readFor,
          mixture: { partners, shares },
        };
      }
    },
  };
}

function mix(images: tf.Tensor, partners: Int32Array, shares: Float32Array): tf.Tensor {
  const own = tf.tensor(shares, [shares.length, 1, 1, 1]);
  const others = tf.gather(images, tf.tensor1d(partners, 'int32'));
  return tf.add(tf.mul(images, own), tf.mul(others, tf.sub(1, own)));
}

/** Targets, mixed as their images are. */
export function mixRows(
  rows: readonly ArrayLike<number>[],
  { partners, shares }: Mixture,
  length: number,
): Float32Array {
  const mixed = new Float32Array(rows.length * length);
  const add = (row: ArrayLike<number>, share: number, start: number): void => {
    for (let index = 0; index < length; index++) {
      const at = start + index;
      mixed[at] = mixed[at]! + share * row[index]!;
    }
  };
  rows.forEach((row, sample) => {
    const share = shares[sample]!;
    add(row, share, sample * length);
    add(rows[partners[sample]!]!, 1 - share, sample * length);
  });
  return mixed;
}

/** A number of the distribution Beta(α, α), 0 … 1. */
export function drawBeta(random: Random, alpha: number): number {
  const difference = logGamma(random, alpha) - logGamma(random, alpha);
  return 1 / (1 + Math.exp(difference));
}

/**
 * The logarithm of a number of the distribution Gamma(α, 1) (Marsaglia and Tsang, 2000). As a logarithm, since such
 * numbers are too small for a float where α is near 0.
 */
function logGamma(random: Random, alpha: number): number {
  // 1 − u lies in (0, 1], so the logarithm is finite.
  if (alpha < 1) return logGamma(random, alpha + 1) + Math.log(1 - random.uniform()) / alpha;
  const d = alpha - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    const u = 1 - random.uniform();
    if (v > 0 && Math.log(u) < 0.5 * x * x + d - d * v + d * Math.log(v)) return Math.log(d * v);
  }
}
