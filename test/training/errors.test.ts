import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { array, buildXception, extractFeatures, fineTune, isSpineError, predictDataset, type Dataset, type FineTuneOptions, type Stage } from 'spine-xray-ml';
import { useTestBackend } from '../support/backend.js';
import { changed, halves, side, smallXception, weightValues } from './support.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
});

const stage: Stage = { name: 'head', unfreeze: 'head', epochs: 1, learningRate: 1e-2 };
const data = { train: halves(6, 1), validation: halves(4, 2) };

async function failure(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await work;
  } catch (error) {
    if (isSpineError(error)) return error;
    throw error;
  }
  return expect.unreachable();
}

describe('fineTune refuses before work starts', () => {
  const withStage = (wrong: Partial<Stage>): Partial<FineTuneOptions> => ({ stages: [{ ...stage, ...wrong }] });
  it.each<[string, string, Partial<FineTuneOptions>, Partial<typeof data>?]>([
    ['an empty training set', 'dataset-empty', {}, { train: [] }],
    ['a training film without label', 'label-missing', {}, { train: [...data.train, { ...(data.train[0] as Dataset[number]), id: 'x', label: undefined } as unknown as Dataset[number]] }],
    ['an unknown label', 'unknown-label', {}, { validation: [{ ...(data.train[0] as Dataset[number]), label: 'middle' }] }],
    ['no stage', 'invalid-argument', { stages: [] }],
    ['half an epoch', 'invalid-argument', withStage({ epochs: 0.5 })],
    ['a negative rate', 'invalid-argument', withStage({ learningRate: -1 })],
    ['no patience at all', 'invalid-argument', withStage({ patience: 0 })],
    ['an unknown layer', 'invalid-argument', withStage({ unfreeze: { from: 'block77' } })],
    ['an unknown way to unfreeze', 'invalid-argument', withStage({ unfreeze: 'tail' as 'all' })],
    ['an unknown policy', 'invalid-argument', withStage({ batchNorm: 'thawed' as 'frozen' })],
    ['a batch of nothing', 'invalid-argument', { batchSize: 0 }],
    ['no seed', 'invalid-argument', { seed: undefined as unknown as number }],
    ['the weight of an unknown class', 'unknown-label', { classWeight: { middle: 1 } }],
    ['a negative weight', 'invalid-argument', { classWeight: { left: -1 } }],
  ])('%s', async (_, code, wrong, otherData) => {
    const model = smallXception();
    const before = tf.memory().numTensors;
    const weights = weightValues(model);
    let steps = 0;
    const error = await failure(fineTune(model, { ...data, ...otherData }, { seed: 1, stages: [stage], onBatch: () => steps++, ...wrong }));
    expect(error.code).toBe(code);
    expect(error.message.length).toBeGreaterThan(20);
    expect(steps).toBe(0);
    expect(tf.memory().numTensors).toBe(before);
    expect(changed(weights, weightValues(model))).toEqual([]);
  });

  it('a later stage with an unknown layer, before the first is trained', async () => {
    let steps = 0;
    const error = await failure(fineTune(smallXception(), data, { seed: 1, stages: [stage, { ...stage, unfreeze: { from: 'nope' } }], onBatch: () => steps++ }));
    expect(error.code).toBe('invalid-argument');
    expect(steps).toBe(0);
  });

  it('a model without a head, of other classes, or without images', async () => {
    const headless = buildXception({ classes: 2, seed: 1, width: 0.125, endBlock: 2, inputShape: [side, side, 3], head: false });
    expect((await failure(fineTune(headless, data, { seed: 1 }))).code).toBe('model-invalid');
    const three = buildXception({ classes: 3, seed: 1, width: 0.125, endBlock: 2, inputShape: [side, side, 3] });
    expect((await failure(predictDataset(three, [{ id: 'a', label: 'left', load: (data.train[0] as Dataset[number]).load }]))).code).toBe('unknown-label');
    const flat = tfl.sequential({ layers: [tfl.layers.dense({ units: 2, activation: 'softmax', inputShape: [4] })] });
    expect((await failure(fineTune(flat, data, { seed: 1, stages: [{ ...stage, unfreeze: 'all' }] }))).code).toBe('model-invalid');
  });

  it('a layer whose chance cannot be seeded', async () => {
    const model = tfl.sequential({
      layers: [
        tfl.layers.flatten({ inputShape: [side, side, 3] }),
        tfl.layers.dense({ units: 4 }),
        tfl.layers.gaussianNoise({ stddev: 0.1 }),
        tfl.layers.dense({ units: 2, activation: 'softmax' }),
      ],
    });
    expect((await failure(fineTune(model, data, { seed: 1, stages: [{ ...stage, unfreeze: 'all' }] }))).message).toMatch(/GaussianNoise/);
  });
});

describe('films that do not fit', () => {
  const film = (shape: number[], value = 0.5): Dataset => [{ id: 'odd', label: 'left', load: () => Promise.resolve(array(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value), shape)) }];
  it.each([
    ['another shape', 'image-shape', film([side, side + 1, 3])],
    ['one channel', 'image-shape', film([side, side, 1])],
    ['NaN pixels', 'image-values', film([side, side, 3], NaN)],
  ])('%s', async (_, code, dataset) => {
    const model = smallXception();
    const before = tf.memory().numTensors;
    const errors = [
      await failure(fineTune(model, { ...data, train: [...data.train, ...dataset] }, { seed: 1, stages: [stage] })),
      await failure(predictDataset(model, dataset)),
      await failure(extractFeatures(model, dataset)),
    ];
    for (const error of errors) {
      expect(error.code).toBe(code);
      expect(error.message).toContain('odd');
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('none at all', async () => {
    expect((await failure(predictDataset(smallXception(), []))).code).toBe('dataset-empty');
    expect((await failure(extractFeatures(smallXception(), []))).code).toBe('dataset-empty');
  });
});
