import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { extractFeatures, findLearningRate, fineTune, predictDataset, type Dataset } from 'spine-xray-ml';
import { removeTrainingKernels } from 'spine-xray-ml/backend';
import { backendName, useTestBackend } from '../support/backend.js';
import { halves, smallXception } from './support.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
  removeTrainingKernels();
});

const films = halves(8, 1);
const stage = { name: 'head', unfreeze: 'head', epochs: 1e6, learningRate: 1e-4 } as const;

/** A signal that only an event of its own turn can raise, and how often such events happened. */
function later(): { signal: AbortSignal; turns: () => number; stop: () => void } {
  const controller = new AbortController();
  let turns = 0;
  const timer = setInterval(() => {
    if (++turns === 3) controller.abort(new Error('enough'));
  }, 1);
  return { signal: controller.signal, turns: () => turns, stop: () => clearInterval(timer) };
}

describe(`work in memory on ${backendName} lets timers and signals through`, () => {
  // Each would go on for hours.
  const many: Dataset = Array.from({ length: 200_000 }, (_, index) => ({
    ...films[index % films.length]!,
    id: String(index),
  }));
  it.each<[string, (signal: AbortSignal) => Promise<unknown>]>([
    [
      'training on kept results',
      (signal) =>
        fineTune(smallXception(), { train: films, validation: [] }, { seed: 1, batchSize: 4, stages: [stage], signal }),
    ],
    [
      'training on images',
      (signal) =>
        fineTune(
          smallXception(),
          { train: films, validation: [] },
          { seed: 1, batchSize: 4, stages: [stage], signal, cache: { bytes: 0 } },
        ),
    ],
    [
      'a range test',
      (signal) =>
        findLearningRate(
          smallXception(),
          { train: films },
          { seed: 1, batchSize: 4, stage, updates: 1e6, divergence: 1e9, from: 1e-9, to: 1e-8, signal },
        ),
    ],
    ['predictions', (signal) => predictDataset(smallXception(), many, { signal })],
    ['features', (signal) => extractFeatures(smallXception(), many, { signal })],
  ])('%s', async (_, work) => {
    const { signal, turns, stop } = later();
    try {
      await expect(work(signal)).rejects.toThrow('enough');
      expect(turns()).toBeGreaterThanOrEqual(3);
    } finally {
      stop();
    }
  });
});
