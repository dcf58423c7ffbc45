import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import {
  augment,
  augmentDataset,
  batches,
  chooseBackend,
  extractFeatures,
  findLearningRate,
  fineTune,
  imageFromPixels,
  kFold,
  memoryStore,
  predictDataset,
  splitDataset,
  type Dataset,
  type FineTuneOptions,
  type Stage,
} from 'spine-xray-ml';
import { useWasmThreads } from 'spine-xray-ml/node';
import { useTestBackend } from '../support/backend.js';
import { halves, smallXception } from '../training/support.js';
import { js, refusal } from './refusal.js';

useTestBackend();
afterEach(() => tf.disposeVariables());

const stage: Stage = { name: 'head', unfreeze: 'head', epochs: 4, learningRate: 1e-2 };
let loads = 0;
const films: Dataset = halves(4, 1).map((sample) => ({
  ...sample,
  load: () => {
    loads++;
    return sample.load();
  },
}));
const [film] = films as [Dataset[number]];
const withNull = [film, js(null)];
const controller = new AbortController();

/** The message of the refusal, before a film is read. */
async function refused(work: () => unknown): Promise<string> {
  loads = 0;
  const message = await refusal(work);
  expect(loads).toBe(0);
  return message;
}

describe('fineTune', () => {
  const withStage = (wrong: object): object => ({ stages: [{ ...stage, ...wrong }] });
  it.each<[string, object, RegExp]>([
    [
      'cosine',
      withStage({ schedule: { kind: 'cosine', minimun: 1e-4 } }),
      /^Stage "head": the schedule cosine has no option "minimun"\. Do you mean "minimum"\?/,
    ],
    [
      'an option of another schedule',
      withStage({ schedule: { kind: 'constant', minimum: 0 } }),
      /the schedule constant has no option "minimum"\. It has: kind, warmUp/,
    ],
    [
      'cosine with patience',
      withStage({ schedule: { kind: 'cosine', patience: 2 } }),
      /the schedule cosine has no option "patience"/,
    ],
    [
      'plateau',
      withStage({ schedule: { kind: 'plateau', patience: 1, coolDown: 1 } }),
      /the schedule plateau has no option "coolDown"\. Do you mean "cooldown"/,
    ],
    [
      'warmup',
      withStage({ schedule: { kind: 'constant', warmup: { epochs: 1 } } }),
      /no option "warmup"\. Do you mean "warmUp"/,
    ],
    [
      'warmUp.epoch',
      withStage({ schedule: { kind: 'constant', warmUp: { epochs: 1, start: 0 } } }),
      /^Stage "head": schedule\.warmUp has no option "start"\. It has: epochs, from/,
    ],
    [
      'weightDecay',
      withStage({ weightDecay: { rate: 0.1, weight: 'all' } }),
      /^Stage "head": weightDecay has no option "weight"\. Do you mean "weights"/,
    ],
    [
      'mixup',
      withStage({ mixup: { alpha: 1, alpa: 2 } }),
      /^Stage "head": mixup has no option "alpa"\. Do you mean "alpha"/,
    ],
    [
      'averageWeights',
      withStage({ averageWeights: { decay: 0.9, decays: 0.9 } }),
      /^Stage "head": averageWeights has no option "decays"\. Do you mean "decay"/,
    ],
    [
      'optimizer',
      withStage({ optimizer: { kind: 'adam', betta1: 0.9 } }),
      /^Stage "head": the optimizer adam has no option "betta1"\. Do you mean "beta1"/,
    ],
    [
      'a name that every object has',
      withStage({ optimizer: { kind: 'sgd', toString: 1 } }),
      /the optimizer sgd has no option "toString"\. It has: kind\./,
    ],
    [
      'unfreeze',
      withStage({ unfreeze: { from: 'block3_sepconv1', to: 'x' } }),
      /^Stage "head": unfreeze has no option "to"/,
    ],
    ['a stage without name', withStage({ name: undefined }), /^Stage 1 of 1 needs a name.*got undefined/],
    ['a stage without a name of any letter', withStage({ name: '' }), /^Stage 1 of 1 needs a name.*got ""/],
    ['cache', { cache: { byte: 1 } }, /^cache has no option "byte"\. Do you mean "bytes"/],
    [
      'checkpoint',
      { checkpoint: { store: memoryStore(), evry: 2 } },
      /^checkpoint has no option "evry"\. Do you mean "every"/,
    ],
    [
      'checkpoint.store',
      { checkpoint: { stor: memoryStore() } },
      /^checkpoint has no option "stor"\. Do you mean "store"/,
    ],
    ['no store', { checkpoint: { every: 2 } }, /^checkpoint\.store must be a store/],
    ['signal', { signal: controller }, /signal must be an AbortSignal.*an AbortController/],
    ['onCache', { onCache: 5 }, /onCache must be a function, got 5/],
    ['onBatch', { onBatch: {} }, /onBatch must be a function/],
    ['onEpoch', { onEpoch: 'log' }, /onEpoch must be a function/],
    ['onStage', { onStage: true }, /onStage must be a function/],
    [
      'classWeight: balance',
      { classWeight: 'balance' },
      /classWeight must be 'balanced' or weights by class name, such as \{ "left": 2 \}, got "balance"\. Do you mean 'balanced'\?/,
    ],
    ['classWeight: list', { classWeight: [1, 2] }, /classWeight must be 'balanced' or weights.*got \[1,2\]\.$/],
    [
      'a rate as text',
      withStage({ learningRate: '1e-3' }),
      /^Stage "head": learningRate must be a finite number above 0, got "1e-3"/,
    ],
    ['classWeight: null', { classWeight: null }, /classWeight must be 'balanced' or weights.*got null/],
  ])('refuses %s', async (_, wrong, message) => {
    const model = smallXception();
    expect(
      await refused(() =>
        fineTune(model, { train: films, validation: films }, { seed: 1, stages: [stage], ...wrong } as FineTuneOptions),
      ),
    ).toMatch(message);
  });

  it('refuses a layer in place of its name, which is circular', async () => {
    const model = smallXception();
    const stages = [{ ...stage, unfreeze: js(model.layers[1]) }];
    expect(await refused(() => fineTune(model, { train: films, validation: films }, { seed: 1, stages }))).toMatch(
      /unfreeze must be 'head', 'all' or \{ from: layer name \}, got a Rescaling\./,
    );
  });

  it('refuses what is no data set, or no sample', async () => {
    const model = smallXception();
    const train = (more: object) =>
      refused(() => fineTune(model, { train: films, validation: films, ...more }, { seed: 1, stages: [stage] }));
    expect(await train({ train: withNull })).toMatch(
      /The train set must hold samples, each an object with an id and a function load; at position 1 is null/,
    );
    expect(await train({ validation: [film, { id: 'x' }] })).toMatch(
      /The validation set must hold samples.* at position 1 is \{"id":"x"\}/,
    );
    expect(await train({ validation: undefined })).toMatch(
      /The validation set must be a list of samples, got undefined\. For none, give \[\]/,
    );
    expect(await train({ train: Promise.resolve(films) })).toMatch(/got a promise\. Await it/);
  });
});

describe('others', () => {
  it.each<[string, (model: ReturnType<typeof smallXception>) => unknown, RegExp]>([
    [
      'findLearningRate: signal',
      (model) => findLearningRate(model, { train: films }, { seed: 1, stage, signal: js(controller) }),
      /signal must be an AbortSignal/,
    ],
    [
      'findLearningRate: onProgress',
      (model) => findLearningRate(model, { train: films }, { seed: 1, stage, onProgress: js(1) }),
      /onProgress must be a function, got 1/,
    ],
    [
      'findLearningRate: onCache',
      (model) => findLearningRate(model, { train: films }, { seed: 1, stage, onCache: js(1) }),
      /onCache must be a function/,
    ],
    [
      'findLearningRate: mixup of its stage',
      (model) =>
        findLearningRate(model, { train: films }, { seed: 1, stage: { ...stage, mixup: js({ alpha: 1, beta: 1 }) } }),
      /^stage\.mixup has no option "beta"/,
    ],
    [
      'predictDataset: null',
      (model) => predictDataset(model, js(null)),
      /The data set of predictDataset must be a list of samples, got null/,
    ],
    ['predictDataset: a null sample', (model) => predictDataset(model, withNull), /position 1 is null/],
    [
      'predictDataset: options null',
      (model) => predictDataset(model, films, js(null)),
      /predictDataset needs an object/,
    ],
    [
      'predictDataset: batchsize',
      (model) => predictDataset(model, films, js({ batchsize: 2 })),
      /predictDataset has no option "batchsize"\. Do you mean "batchSize"/,
    ],
    [
      'predictDataset: signal',
      (model) => predictDataset(model, films, { signal: js(controller) }),
      /signal must be an AbortSignal/,
    ],
    [
      'predictDataset: onProgress',
      (model) => predictDataset(model, films, { onProgress: js('log') }),
      /onProgress must be a function/,
    ],
    [
      'predictDataset: augment null',
      (model) => predictDataset(model, films, { augment: js(null) }),
      /augment needs an object with at least \{ seed, views \}, got null/,
    ],
    [
      'predictDataset: augment.view',
      (model) => predictDataset(model, films, { augment: js({ seed: 1, views: 2, verticalflip: false }) }),
      /augment has no option "verticalflip"\. Do you mean "verticalFlip"/,
    ],
    [
      'predictDataset: augment.total',
      (model) => predictDataset(model, films, { augment: js({ seed: 1, views: 2, total: 9 }) }),
      /augment has no option "total"\. It has: seed, views, transpose/,
    ],
    [
      'predictDataset: a transform',
      (model) =>
        predictDataset(model, films, { augment: { seed: 1, views: 2, shiftScaleRotate: js({ anglelimit: 5 }) } }),
      /shiftScaleRotate of augment has no option "anglelimit"\. Do you mean "angleLimit"/,
    ],
    [
      'extractFeatures: null',
      (model) => extractFeatures(model, js(null)),
      /The data set of extractFeatures must be a list of samples, got null/,
    ],
    [
      'extractFeatures: layers',
      (model) => extractFeatures(model, films, js({ layers: 'avg_pool' })),
      /extractFeatures has no option "layers"\. Do you mean "layer"/,
    ],
    [
      'extractFeatures: augment',
      (model) => extractFeatures(model, films, js({ augment: { seed: 1, views: 1 } })),
      /extractFeatures has no option "augment"/,
    ],
    [
      'extractFeatures: options null',
      (model) => extractFeatures(model, films, js(null)),
      /extractFeatures needs an object/,
    ],
    [
      'extractFeatures: signal',
      (model) => extractFeatures(model, films, { signal: js(controller) }),
      /signal must be an AbortSignal/,
    ],
    [
      'extractFeatures: onProgress',
      (model) => extractFeatures(model, films, { onProgress: js(1) }),
      /onProgress must be a function/,
    ],
    [
      'findLearningRate: cache',
      (model) => findLearningRate(model, { train: films }, { seed: 1, stage, cache: js({ view: 1 }) }),
      /^cache has no option "view"\. Do you mean "views"/,
    ],
    [
      'findLearningRate: a rate as text',
      (model) => findLearningRate(model, { train: films }, { seed: 1, stage, to: js('1e-3') }),
      /^to must be a finite number above 0, got "1e-3"/,
    ],
    [
      'splitDataset: ratio',
      () => splitDataset(films, js({ seed: 1, ratio: [8, 1, 1] })),
      /splitDataset has no option "ratio"\. Do you mean "ratios"/,
    ],
    [
      'kFold: k',
      () => kFold(films, js({ seed: 1, k: 3 })),
      /kFold has no option "k"\. It has: seed, stratify, groupBy, folds, repeats/,
    ],
    ['a seed as text', () => kFold(films, { seed: js('1') }), /seed must be an integer, got "1"/],
    ['chooseBackend: signal', () => chooseBackend({ signal: js(controller) }), /signal must be an AbortSignal/],
    [
      'batches: batchsize',
      () => batches(films, js({ batchsize: 2 })),
      /batches has no option "batchsize"\. Do you mean "batchSize"/,
    ],
    ['batches(null)', () => batches(js(null)), /The data set of batches must be a list of samples, got null/],
    ['batches: a null sample', () => batches(withNull), /position 1 is null/],
    [
      'augment: a misspelt transform',
      () => augment(imageFromPixels(new Uint8Array(4), { height: 2, width: 2 }), js({ seed: 1, transposed: false })),
      /augment has no option "transposed"\. Do you mean "transpose"/,
    ],
    [
      'augmentDataset: perepoch',
      () => augmentDataset(films, js({ seed: 1, total: 9, perepoch: true })),
      /augmentDataset has no option "perepoch"\. Do you mean "perEpoch"/,
    ],
    [
      'augmentDataset: a transform by a number',
      () => augmentDataset(films, { seed: 1, total: 9, transpose: js(0.5) }),
      /transpose of augmentDataset needs an object with at least \{ probability \}, or false, got 0\.5/,
    ],
    [
      'useWasmThreads: thread',
      () => useWasmThreads(js({}), js({ thread: 2 })),
      /useWasmThreads has no option "thread"\. Do you mean "threads"/,
    ],
    ['useWasmThreads: options null', () => useWasmThreads(js({}), js(null)), /useWasmThreads needs an object/],
  ])('%s', async (_, work, message) => {
    const model = smallXception();
    expect(await refused(() => work(model))).toMatch(message);
  });
});
