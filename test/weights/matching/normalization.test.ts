import fc from 'fast-check';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { buildBackbone, type BuildBackboneOptions } from 'spine-xray-ml';
import { normalizationAgrees } from '../../../src/weights/matching/normalization.js';
import { useTestBackend } from '../../support/backend.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
});

const small = (more: Partial<BuildBackboneOptions> = {}) =>
  buildBackbone('efficientnetB0', {
    classes: 2,
    seed: 1,
    width: 0.125,
    endBlock: 1,
    inputShape: [32, 32, 3],
    head: false,
    ...more,
  });
const imageNet = { mean: Float32Array.of(0.485, 0.456, 0.406), deviations: Float32Array.of(0.229, 0.224, 0.225) };

describe('normalizationAgrees', () => {
  it('accepts Keras’s ImageNet statistics for the default input, and no other', () => {
    const model = small();
    expect(normalizationAgrees(model, imageNet.mean, imageNet.deviations)).toBe(true);
    expect(
      normalizationAgrees(
        model,
        imageNet.mean,
        imageNet.deviations.map((value) => value ** 2),
      ),
    ).toBe(true);
    expect(normalizationAgrees(model, [0, 0, 0], [1, 1, 1])).toBe(false);
    expect(normalizationAgrees(model, imageNet.mean.toReversed(), imageNet.deviations)).toBe(false);
    expect(normalizationAgrees(model, [0.485], [0.229])).toBe(false);
  });

  it('accepts what a network without statistics has for images as they are', () => {
    const model = small({ inputRange: [0, 1] });
    expect(normalizationAgrees(model, [0, 0, 0], [1, 1, 1])).toBe(true);
    expect(normalizationAgrees(model, imageNet.mean, imageNet.deviations)).toBe(false);
    expect(normalizationAgrees(small({ inputRange: [0, 1], inputShape: [32, 32, 1] }), [0], [1])).toBe(true);
  });

  it('accepts the statistics that map images to the model’s range, and none that are off by a hundredth', () => {
    const centre = fc.double({ min: -1, max: 1, noNaN: true });
    const halfWidth = fc.double({ min: 0.5, max: 4, noNaN: true });
    fc.assert(
      fc.property(centre, halfWidth, fc.constantFrom(0, 1, 2), (middle, half, channel) => {
        const [low, high] = [middle - half, middle + half];
        const model = small({ inputRange: [low, high] });
        const scale = high - low;
        const mean = Array<number>(3).fill(-low / scale);
        const variance = Array<number>(3).fill(1 / scale ** 2);
        expect(normalizationAgrees(model, mean, variance)).toBe(true);
        expect(normalizationAgrees(model, mean.with(channel, -low / scale + 0.01), variance)).toBe(false);
        expect(normalizationAgrees(model, mean, variance.with(channel, 1.01 / scale ** 2))).toBe(false);
        tf.disposeVariables();
      }),
      { numRuns: 20 },
    );
  });
});
