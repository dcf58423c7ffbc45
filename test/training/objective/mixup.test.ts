import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRandom } from 'spine-xray-ml';
import type { ValueSource } from '../../../src/training/data/source.js';
import { areCorrect, weightedTarget } from '../../../src/training/objective/classification.js';
import { drawBeta, mixedSource, mixRows } from '../../../src/training/objective/mixup.js';
import { useTestBackend } from '../../support/backend.js';

useTestBackend();

describe('Beta(α, α)', () => {
  it.each([0.05, 0.2, 0.5, 1, 2, 8])('has the moments it should have at α = %s', (alpha) => {
    const random = createRandom(1, alpha);
    const n = 20000;
    const values = Array.from({ length: n }, () => drawBeta(random, alpha));
    expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
    const variance = 1 / (4 * (2 * alpha + 1));
    const mean = values.reduce((sum, value) => sum + value, 0) / n;
    expect(Math.abs(mean - 0.5)).toBeLessThan(5 * Math.sqrt(variance / n));
    expect(values.reduce((sum, value) => sum + (value - 0.5) ** 2, 0) / n / variance).toBeCloseTo(1, 1);
    // The fourth moment of a symmetric Beta: 3 variance² (2α + 1) / (2α + 3).
    const fourth = (3 * variance * variance * (2 * alpha + 1)) / (2 * alpha + 3);
    expect(values.reduce((sum, value) => sum + (value - 0.5) ** 4, 0) / n / fourth).toBeCloseTo(1, 1);
  });

  it('is a number however small α is', () => {
    const random = createRandom(2);
    for (let i = 0; i < 1000; i++) expect(drawBeta(random, 1e-8)).toBeGreaterThanOrEqual(0);
  });
});

/** Six samples whose images hold their number, in batches of four. */
const numbers: ValueSource = {
  size: 6,
  async *batches(order) {
    for (let start = 0; start < order.length; start += 4) {
      const chosen = order.slice(start, start + 4);
      yield {
        values: new Map([
          [
            7,
            tf.tensor4d(
              chosen.flatMap((n) => [n, n * n]),
              [chosen.length, 1, 2, 1],
            ),
          ],
        ]),
        samples: chosen,
        epoch: 0,
      };
    }
  },
};

async function read(
  source: ValueSource,
  epoch: number,
): Promise<{ samples: number[]; others: number[]; shares: number[]; pixels: number[] }[]> {
  const result = [];
  for await (const { values, samples, mixture } of source.batches([0, 1, 2, 3, 4, 5], epoch)) {
    const images = values.get(7) as tf.Tensor;
    result.push({
      samples: [...samples],
      others: Array.from(mixture!.partners, (partner) => samples[partner]!),
      shares: [...mixture!.shares],
      pixels: [...images.dataSync()],
    });
    images.dispose();
  }
  return result;
}

describe('mixup', () => {
  it('mixes each image with one of its batch, by the share that its target has', async () => {
    const before = tf.memory().numTensors;
    const batches = await read(mixedSource(numbers, { alpha: 1 }, createRandom(3)), 0);
    expect(tf.memory().numTensors).toBe(before);
    batches.forEach(({ others, shares, pixels }, batch) => {
      const members = batch === 0 ? [0, 1, 2, 3] : [4, 5];
      const partners = members.map((own, row) => {
        const share = shares[row]!;
        const [x, y] = [pixels[2 * row]!, pixels[2 * row + 1]!];
        return members.find(
          (other) =>
            other === others[row] &&
            Math.abs(share * own + (1 - share) * other - x) < 1e-4 &&
            Math.abs(share * own ** 2 + (1 - share) * other ** 2 - y) < 1e-4,
        );
      });
      // Each sample is a partner once.
      expect([...partners].sort()).toEqual(members);
    });
  });

  it('draws anew in each epoch, and the same for the same', async () => {
    const source = (seed: number) => mixedSource(numbers, { alpha: 1 }, createRandom(seed));
    expect(await read(source(1), 4)).toEqual(await read(source(1), 4));
    expect(await read(source(1), 5)).not.toEqual(await read(source(1), 4));
    expect(await read(source(2), 4)).not.toEqual(await read(source(1), 4));
  });
});

describe('targets', () => {
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  it('of a mixture are the mixture of the targets', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 }),
        fc.integer({ min: 0, max: 2 }),
        share,
        share,
        fc.tuple(share, share, share),
        (own, other, part, smoothing, weights) => {
          const classWeights = Float32Array.from(weights);
          const alone = (label: number) => weightedTarget(label, classWeights, smoothing);
          const mixture = { partners: Int32Array.of(1, 1), shares: Float32Array.of(part, 1) };
          const mixed = mixRows([alone(own), alone(other)], mixture, 3).subarray(0, 3);
          mixed.forEach((value, index) =>
            expect(value).toBeCloseTo(part * alone(own)[index]! + (1 - part) * alone(other)[index]!, 5),
          );
          expect(alone(own).reduce((sum, value) => sum + value, 0)).toBeCloseTo(classWeights[own]!, 5);
        },
      ),
    );
  });

  it('count a sample as the class of its larger share', () => {
    const rows = [0, 0, 2, 1].map((label) => [0, 1, 2].map((index) => Number(index === label)));
    const mixture = { partners: Int32Array.of(3, 3, 3, 3), shares: Float32Array.of(0.2, 0.5, 0.9, 1) };
    const counted = (said: readonly number[]) =>
      tf.tidy(() => {
        const scores = tf.oneHot(tf.tensor1d([...said], 'int32'), 3);
        return Array.from(areCorrect(scores, tf.tensor2d(mixRows(rows, mixture, 3), [4, 3])).dataSync());
      });
    expect(counted([1, 0, 2, 1])).toEqual([1, 1, 1, 1]);
    expect(counted([0, 1, 1, 2])).toEqual([0, 0, 0, 0]);
  });
});
