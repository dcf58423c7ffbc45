import * as tf from '@tensorflow/tfjs-core';
import { requireOptions } from '../arguments.js';
import type { Random } from '../random.js';
import { drawBeta } from './beta.js';
import { disposing, type ValueSource } from './source.js';

/** How images are mixed (Zhang et al., 2018). */
export interface Mixup {
  /** The share of a sample in its mixture is drawn from Beta(α, α). Small: mostly one of the two. The authors take 0.1 to 0.4. */
  readonly alpha: number;
}

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
      for await (const { values, labels } of source.batches(order, epoch)) {
        const partners = Int32Array.from(draws.shuffle([...labels.keys()]));
        const shares = Float32Array.from(labels, () => drawBeta(draws, alpha));
        const mixed = disposing(values, () => [...values.values()].map((images) => mix(images, partners, shares)));
        yield {
          values: new Map([...values.keys()].map((value, index) => [value, mixed[index] as tf.Tensor])),
          labels,
          mixture: { labels: Int32Array.from(partners, (partner) => labels[partner] as number), shares },
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

/** Calls `fail` for a mixup that is none. */
export function checkMixup(mixup: Mixup, fail: (message: string) => never): void {
  requireOptions('mixup', mixup, '{ alpha }');
  const { alpha } = mixup;
  if (!(alpha > 0 && Number.isFinite(alpha))) fail(`mixup.alpha must be above 0, got ${alpha}.`);
}
