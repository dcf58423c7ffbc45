import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { ndarrayOf, createRandom, fineTune, type Dataset, type Image, type Stage } from 'spine-xray-ml';
import { removeTrainingKernels } from 'spine-xray-ml/backend';
import { modelWeights } from 'spine-xray-ml/weights';
import { backendName, useTestBackend } from '../../support/backend.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
  removeTrainingKernels();
});

const films: Dataset = Array.from({ length: 8 }, (_, index) => ({
  id: String(index),
  label: index % 2 === 0 ? 'a' : 'b',
  load: () => {
    const random = createRandom(1, index);
    return Promise.resolve(
      ndarrayOf(
        Float32Array.from({ length: 6 * 6 * 3 }, () => random.uniform()),
        [6, 6, 3],
      ),
    );
  },
}));

/** A step of it costs little, and meets each way of going back: folded and trained batch norms, pooling, joins, chance. */
function network(): tfl.LayersModel {
  const { layers } = tfl;
  const on = (layer: tfl.layers.Layer, x: tfl.SymbolicTensor | tfl.SymbolicTensor[]) =>
    layer.apply(x) as tfl.SymbolicTensor;
  const image = tfl.input({ shape: [6, 6, 3] });
  let x = on(layers.conv2d({ filters: 4, kernelSize: 3, padding: 'same', useBias: false, name: 'conv' }), image);
  x = on(layers.activation({ activation: 'relu' }), on(layers.batchNormalization({ name: 'frozen' }), x));
  const y = on(
    layers.separableConv2d({ filters: 4, kernelSize: 3, padding: 'same', depthwiseInitializer: 'glorotUniform' }),
    x,
  );
  x = on(layers.add(), [x, on(layers.batchNormalization({ name: 'norm' }), y)]);
  x = on(layers.concatenate(), [x, on(layers.activation({ activation: 'swish' }), x)]);
  x = on(layers.globalAveragePooling2d({}), on(layers.maxPooling2d({ poolSize: 2 }), x));
  x = on(layers.dropout({ rate: 0.3 }), x);
  return tfl.model({
    inputs: image,
    outputs: on(
      layers.dense({ units: 2, activation: 'softmax', kernelRegularizer: tfl.regularizers.l2({ l2: 1e-3 }) }),
      x,
    ),
  });
}

const stage = (rest: Partial<Stage>): Stage => ({
  name: 'all',
  unfreeze: 'all',
  epochs: 125,
  learningRate: 1e-3,
  ...rest,
});
const stages: readonly Stage[] = [
  stage({
    name: 'frozen',
    mixup: { alpha: 0.3 },
    averageWeights: { decay: 0.9 },
    clipNorm: 1,
    weightDecay: 1e-3,
    layerDecay: 0.9,
  }),
  stage({ name: 'trained', batchNorm: 'trained', schedule: { kind: 'cosine' } }),
];

describe(`a long run on ${backendName}`, () => {
  it('leaves no tensor behind after 1000 updates, in the end or on the way', async () => {
    const model = network();
    const before = tf.memory();
    const held: number[] = [];
    let updates = 0;
    await fineTune(
      model,
      { train: films, validation: films.slice(0, 2) },
      {
        seed: 1,
        batchSize: 4,
        microBatchSize: 2,
        stages: stages.map((one) => ({ ...one, epochs: 250 })),
        onBatch: () => {
          updates++;
          held.push(tf.memory().numTensors);
        },
      },
    );
    expect(updates).toBe(1000);
    // Once the first epoch has kept its best weights, all updates of a stage hold as many.
    for (const ofStage of [held.slice(4, 500), held.slice(504)]) expect(new Set(ofStage).size).toBe(1);
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numBytes).toBe(before.numBytes);
  }, 240_000);

  it.each([1, 7, 40])(
    'leaves none when it is aborted, when a film is bad or a callback throws, at update %i',
    async (at) => {
      const model = network();
      const before = tf.memory();
      const endedBy = async (
        how: (update: number, abort: AbortController) => void,
        train: (update: () => number) => Dataset,
      ) => {
        const abort = new AbortController();
        let updates = 0;
        const onBatch = () => how(++updates, abort);
        await expect(
          fineTune(
            model,
            { train: train(() => updates), validation: [] },
            { seed: 1, batchSize: 4, cache: { bytes: 0 }, stages, signal: abort.signal, onBatch },
          ),
        ).rejects.toThrow();
        expect(tf.memory().numTensors).toBe(before.numTensors);
        expect(tf.memory().numBytes).toBe(before.numBytes);
      };
      const unreadable = (update: () => number): Dataset =>
        films.map((film) => ({
          ...film,
          load: (options): Promise<Image> =>
            update() >= at ? Promise.reject(new Error('unreadable')) : film.load(options),
        }));
      await endedBy(
        (update, abort) => update === at && abort.abort(new Error('aborted')),
        () => films,
      );
      await endedBy(
        (update) => {
          if (update === at) throw new Error('thrown');
        },
        () => films,
      );
      await endedBy(() => undefined, unreadable);
    },
  );

  it('leaves the statistics of frozen batch norms as they were, to the bit', async () => {
    const model = network();
    const statistics = () =>
      modelWeights(model)
        .filter(({ name }) => name.includes('moving'))
        .map(({ read }) => [...read().dataSync()]);
    const before = statistics();
    await fineTune(
      model,
      { train: films, validation: films },
      { seed: 1, batchSize: 4, stages: [stage({ epochs: 3 })] },
    );
    expect(statistics()).toEqual(before);
    await fineTune(
      model,
      { train: films, validation: films },
      { seed: 1, batchSize: 4, stages: [stage({ epochs: 3, batchNorm: 'trained' })] },
    );
    expect(statistics()).not.toEqual(before);
  });
});
