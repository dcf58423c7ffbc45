import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../random.js';
import { drawBeta } from './beta.js';
import type { Mixup } from './mixup.js';
import { disposing, type ValueSource } from '../data/index.js';

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
        const mixed = await disposing(values, () =>
          [...values.values()].map((images) => mix(images, partners, shares)),
        );
        yield {
          values: new Map([...values.keys()].map((value, index) => [value, mixed[index]!])),
          labels,
          mixture: { labels: Int32Array.from(partners, (partner) => labels[partner]!), shares },
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
