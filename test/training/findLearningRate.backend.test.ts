import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createRandom,
  findLearningRate,
  isSpineError,
  type Dataset,
  type FindLearningRateOptions,
  type Stage,
} from 'spine-xray-ml';
import { removeTrainingKernels } from 'spine-xray-ml/backend';
import { RangeCourse } from '../../src/training/rangeCourse.js';
import { backendName, useTestBackend } from '../support/backend.js';
import { changed, halves, smallXception, weightValues } from './support.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
  removeTrainingKernels();
});

const data = { train: halves(12, 1) };
const options = (more: Partial<FindLearningRateOptions> = {}): FindLearningRateOptions => ({
  seed: 1,
  stage: { unfreeze: 'head' },
  batchSize: 4,
  updates: 40,
  from: 1e-5,
  ...more,
});

describe(`the learning-rate range test on ${backendName}`, () => {
  it('goes up in equal ratios until the loss diverges, and suggests a rate where it fell', async () => {
    const done: number[] = [];
    const { rates, losses, smoothedLosses, suggestion } = await findLearningRate(
      smallXception(1, 0),
      data,
      options({
        stage: { unfreeze: { from: 'block3_sepconv1' } },
        to: 100,
        updates: 60,
        smoothing: 0.8,
        onProgress: (progress) => done.push(progress.done),
      }),
    );
    expect(rates[0]).toBe(1e-5);
    rates.slice(1).forEach((rate, index) => expect(Math.log(rate / rates[index]!)).toBeCloseTo(Math.log(1e7) / 59, 9));
    expect(losses.length).toBe(rates.length);
    expect(rates.length).toBeLessThan(60);
    expect(done).toEqual(rates.map((_, index) => index + 1));
    expect(smoothedLosses.at(-1)).toBeGreaterThan(4 * Math.min(...smoothedLosses));
    const at = rates.indexOf(suggestion!);
    expect(smoothedLosses[at + 1]).toBeLessThan(smoothedLosses[at]!);
    expect(at).toBeLessThan(smoothedLosses.indexOf(Math.min(...smoothedLosses)));
  });

  it('leaves weights, statistics and metadata as they were, and nothing behind', async () => {
    const model = smallXception();
    const start = weightValues(model);
    const metadata = JSON.stringify(model.getUserDefinedMetadata());
    const all = {
      stage: {
        unfreeze: 'all',
        batchNorm: 'trained',
        layerDecay: 0.8,
        weightDecay: 0.1,
        clipNorm: 1,
        mixup: { alpha: 0.2 },
        optimizer: { kind: 'momentum' },
      },
      updates: 5,
      microBatchSize: 2,
    } as const;
    const before = tf.memory().numTensors;
    await findLearningRate(model, data, options(all));
    expect(tf.memory().numTensors).toBe(before);
    expect(changed(start, weightValues(model))).toEqual([]);
    expect(JSON.stringify(model.getUserDefinedMetadata())).toBe(metadata);

    const controller = new AbortController();
    const reason = new Error('enough');
    const aborted = findLearningRate(
      model,
      data,
      options({
        ...all,
        signal: controller.signal,
        onProgress: ({ done }) => {
          if (done === 2) controller.abort(reason);
        },
      }),
    );
    await expect(aborted).rejects.toBe(reason);
    const bad: Dataset = [
      ...data.train.slice(0, 3),
      { id: 'bad', label: 'left', load: () => Promise.reject(new Error('no film')) },
    ];
    await expect(findLearningRate(model, { train: bad }, options(all))).rejects.toThrow(/bad/);
    expect(tf.memory().numTensors).toBe(before);
    expect(changed(start, weightValues(model))).toEqual([]);
  });

  it('rejects when it is aborted in its last update', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const aborted = findLearningRate(
      smallXception(),
      data,
      options({
        updates: 3,
        signal: controller.signal,
        onProgress: ({ done, total }) => {
          if (done === total) controller.abort(reason);
        },
      }),
    );
    await expect(aborted).rejects.toBe(reason);
  });

  it('gives the same for the same seed', async () => {
    const run = async (seed: number) =>
      (await findLearningRate(smallXception(), data, options({ seed, updates: 5 }))).losses;
    const first = await run(1);
    (await run(1)).forEach((loss, index) =>
      expect(loss).toBeCloseTo(first[index]!, backendName === 'tensorflow' ? 3 : 12),
    );
    expect(await run(2)).not.toEqual(first);
  });

  it('takes a whole stage and leaves out what it does not need', async () => {
    const stage: Stage = {
      name: 'whole',
      unfreeze: 'head',
      epochs: 3,
      learningRate: 1,
      schedule: { kind: 'plateau', patience: 1 },
      patience: 2,
      averageWeights: { decay: 0.9 },
    };
    const { losses } = await findLearningRate(smallXception(), data, options({ stage, updates: 5 }));
    const bare = await findLearningRate(smallXception(), data, options({ updates: 5 }));
    losses.forEach((loss, index) => expect(loss).toBeCloseTo(bare.losses[index]!, 3));
  });

  it.each<[string, Partial<FindLearningRateOptions>]>([
    ['no seed', { seed: undefined as unknown as number }],
    ['a range upside down', { from: 1, to: 0.1 }],
    ['a rate of nothing', { from: 0 }],
    ['one update', { updates: 1 }],
    ['smoothing without end', { smoothing: 1 }],
    ['divergence at once', { divergence: 1 }],
    ['no stage', { stage: undefined as unknown as FindLearningRateOptions['stage'] }],
    ['a stage that makes no sense', { stage: { unfreeze: 'head', clipNorm: -1 } }],
    ['a misspelt option of the stage', { stage: { unfreeze: 'head', clipnorm: 1 } as never }],
    ['parts that do not make a batch', { microBatchSize: 3 }],
  ])('refuses %s', async (_, wrong) => {
    const model = smallXception();
    await expect(findLearningRate(model, data, options(wrong))).rejects.toSatisfy((error) =>
      isSpineError(error, 'invalid-argument'),
    );
  });
});

describe('the course of a range test', () => {
  it('averages with a correction for its start', () => {
    const course = new RangeCourse({ updates: 100, smoothing: 0.9, divergence: 4 });
    for (const loss of [2, 2, 2]) course.add(1, loss);
    course.result().smoothedLosses.forEach((loss) => expect(loss).toBeCloseTo(2, 12));
    course.add(1, 1);
    expect(course.result().smoothedLosses[3]).toBeCloseTo(
      (2 * (0.1 * (1 + 0.9 + 0.81)) * 0.9 + 0.1) / (1 - 0.9 ** 4),
      12,
    );
  });

  it('suggests the middle of the longest fall over the logarithm of the rate, or nothing', () => {
    const of = (lossOf: (logRate: number) => number, smoothing = 0) => {
      const course = new RangeCourse({ updates: 60, smoothing, divergence: 1e9 });
      for (let index = 0; index < 60; index++) course.add(10 ** (index / 10 - 5), lossOf(index / 10 - 5));
      return course.result().suggestion;
    };
    // Falls from 10^-3 to 10^-1, then rises.
    const valley = (x: number) => Math.abs(Math.max(x, -3) + 1);
    expect(Math.log10(of(valley)!)).toBeCloseTo(-2, 1);
    // Noise among the small rates is no fall, however steep.
    const random = createRandom(1, 'noise');
    const noise = Array.from({ length: 60 }, () => random.uniform(-0.3, 0.3));
    const noisy = (x: number) => valley(x) + noise[Math.round(10 * x + 50)]!;
    expect(Math.abs(Math.log10(of(noisy, 0.8)!) + 1.7)).toBeLessThan(0.5);
    expect(of((x) => 2 + noise[Math.round(10 * x + 50)]!, 0.9)).toBeUndefined();
    expect(of((x) => 10 + x)).toBeUndefined();
  });

  it('ends at a loss that is no number', () => {
    const course = new RangeCourse({ updates: 60, smoothing: 0, divergence: 4 });
    expect(course.add(1, 1)).toBe(true);
    expect(course.add(2, NaN)).toBe(false);
    expect(course.result().rates).toEqual([1]);
  });
});
