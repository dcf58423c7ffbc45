import * as tf from '@tensorflow/tfjs-core';
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  chooseBackend,
  extractFeatures,
  fineTune,
  isSpineError,
  memoryStore,
  predictDataset,
  useBackend,
  type Dataset,
  type Stage,
} from 'spine-xray-ml';
import { registerFake, removeFake } from '../backend/fakeBackends.js';
import { useTestBackend } from '../support/backend.js';
import { halves, smallXception, weightValues } from './support.js';

useTestBackend();

/** Takes the card away: what it is then asked to compute fails, and what it is asked to read never comes. */
let lose: () => void;

beforeEach(async () => {
  registerFake('card');
  await useBackend('card');
  const backend = tf.backend() as MathBackendCPU;
  const { makeTensorInfo, read } = backend;
  let isLost = false;
  lose = () => void (isLost = true);
  Object.assign(backend, {
    gpgpu: { gl: { canvas: new EventTarget(), isContextLost: () => isLost } },
    makeTensorInfo: (...given: Parameters<typeof makeTensorInfo>) => {
      if (isLost) throw new Error('Unable to create WebGLTexture.');
      return makeTensorInfo.apply(backend, given);
    },
    read: (id: object) => (isLost ? new Promise(() => undefined) : read.call(backend, id)),
  });
});
afterEach(async () => {
  tf.disposeVariables();
  await tf.setBackend('cpu');
  removeFake('card');
});

const stages: readonly Stage[] = [
  { name: 'head', unfreeze: 'head', epochs: 2, learningRate: 1e-3 },
  { name: 'last', unfreeze: { from: 'block3_sepconv1' }, epochs: 3, learningRate: 1e-4, batchNorm: 'trained' },
];
const isLoss = (error: unknown) => isSpineError(error, 'backend-lost') && error.details['backend'] === 'card';

/** Calls `onRead` before each film is read. */
const watched = (films: Dataset, onRead: () => void): Dataset =>
  films.map((film) => ({
    ...film,
    load: (options) => {
      onRead();
      return film.load(options);
    },
  }));

describe('a card lost while fineTune trains', () => {
  it.each([
    ['at the first film', 'read', 1],
    ['at a film of an epoch', 'read', 35],
    ['at a film to validate by', 'validation', 2],
    ['in the middle of the first epoch', 'batch', 1],
    ['at the end of the first epoch', 'batch', 3],
    ['in the middle of an epoch', 'batch', 8],
    ['before a checkpoint', 'epoch', 3],
    ['at the end of a stage', 'stage', 1],
    ['at the end of the last stage', 'stage', 2],
    ['while a checkpoint is written', 'write', 4],
  ] as const)('%s is backend-lost, and the run goes on elsewhere to the same bits', async (_, moment, count) => {
    const [films, others] = [halves(10, 1), halves(4, 2)];
    const store = memoryStore();
    const tensors = tf.memory().numTensors;
    const met = new Map<string, number>();
    const meet = (what: typeof moment) => {
      met.set(what, (met.get(what) ?? 0) + 1);
      if (what === moment && met.get(what) === count) lose();
    };
    const options = { seed: 5, batchSize: 4, stages, cache: { bytes: 0 } };
    const model = smallXception();
    const own = tf.memory().numTensors;
    const training = fineTune(
      model,
      { train: watched(films, () => meet('read')), validation: watched(others, () => meet('validation')) },
      {
        ...options,
        checkpoint: {
          ...store,
          write: async (name, bytes) => {
            meet('write');
            await store.write(name, bytes);
          },
        },
        onBatch: () => meet('batch'),
        onEpoch: () => meet('epoch'),
        onStage: () => meet('stage'),
      },
    );
    await expect(training).rejects.toSatisfy(isLoss);
    expect(tf.memory().numTensors).toBe(own);
    model.dispose();

    expect((await chooseBackend()).chosen).toBe('cpu');
    const resumed = smallXception();
    await fineTune(resumed, { train: films, validation: others }, { ...options, checkpoint: store });
    const weights = weightValues(resumed);
    resumed.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
    const whole = smallXception();
    await fineTune(whole, { train: films, validation: others }, options);
    expect(weights).toEqual(weightValues(whole));
  });
});

describe('a card lost between two batches', () => {
  it.each([
    ['predictDataset', predictDataset],
    ['extractFeatures', extractFeatures],
  ] as const)('is the error of %s', async (_, work) => {
    const model = smallXception();
    const tensors = tf.memory().numTensors;
    await expect(
      work(model, halves(6, 1), { batchSize: 2, onProgress: ({ done }) => done === 4 && lose() }),
    ).rejects.toSatisfy(isLoss);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
