import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ndarrayOf,
  buildXception,
  extractFeatures,
  fineTune,
  isSpineError,
  predictDataset,
  type Dataset,
  type FineTuneOptions,
  type Stage,
} from 'spine-xray-ml';
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
    [
      'a training film without label',
      'label-missing',
      {},
      { train: [...data.train, { ...data.train[0]!, id: 'x', label: undefined } as unknown as Dataset[number]] },
    ],
    ['an unknown label', 'unknown-label', {}, { validation: [{ ...data.train[0]!, label: 'middle' }] }],
    ['no stage', 'invalid-argument', { stages: [] }],
    ['half an epoch', 'invalid-argument', withStage({ epochs: 0.5 })],
    ['a negative rate', 'invalid-argument', withStage({ learningRate: -1 })],
    ['no patience at all', 'invalid-argument', withStage({ patience: 0 })],
    ['an unknown layer', 'invalid-argument', withStage({ unfreeze: { from: 'block77' } })],
    ['an unknown way to unfreeze', 'invalid-argument', withStage({ unfreeze: 'tail' as 'all' })],
    ['an unknown policy', 'invalid-argument', withStage({ batchNorm: 'thawed' as 'frozen' })],
    ['an unknown optimizer', 'invalid-argument', withStage({ optimizer: { kind: 'lion' as 'adam' } })],
    ['an optimizer by name alone', 'invalid-argument', withStage({ optimizer: 'adam' as never })],
    [
      'an option of another optimizer',
      'invalid-argument',
      withStage({ optimizer: { kind: 'sgd', momentum: 0.9 } as never }),
    ],
    ['momentum that never ends', 'invalid-argument', withStage({ optimizer: { kind: 'momentum', momentum: 1 } })],
    ['an unknown schedule', 'invalid-argument', withStage({ schedule: { kind: 'linear' as 'cosine' } })],
    [
      'a schedule that ends above the rate',
      'invalid-argument',
      withStage({ schedule: { kind: 'cosine', minimum: 1 } }),
    ],
    [
      'a warm-up that starts above the rate',
      'invalid-argument',
      withStage({ schedule: { kind: 'constant', warmUp: { epochs: 0.5, from: 1 } } }),
    ],
    [
      'a warm-up as long as the stage',
      'invalid-argument',
      withStage({ schedule: { kind: 'constant', warmUp: { epochs: 1 } } }),
    ],
    ['a plateau without patience', 'invalid-argument', withStage({ schedule: { kind: 'plateau' } as never })],
    [
      'a plateau that raises the rate',
      'invalid-argument',
      withStage({ schedule: { kind: 'plateau', patience: 1, factor: 2 } }),
    ],
    [
      'a plateau without validation',
      'invalid-argument',
      withStage({ schedule: { kind: 'plateau', patience: 1 } }),
      { validation: [] },
    ],
    ['rates that grow with depth', 'invalid-argument', withStage({ layerDecay: 1.1 })],
    ['growing weights', 'invalid-argument', withStage({ weightDecay: -0.1 })],
    [
      'the decay of unknown weights',
      'invalid-argument',
      withStage({ weightDecay: { rate: 0.1, weights: 'biases' as 'all' } }),
    ],
    ['a norm of 0', 'invalid-argument', withStage({ clipNorm: 0 })],
    ['two limits', 'invalid-argument', withStage({ clipNorm: 1, clipValue: 1 })],
    ['nothing but smoothing', 'invalid-argument', withStage({ labelSmoothing: 1 })],
    ['null for options', 'invalid-argument', withStage({ mixup: null as never })],
    ['a number for options', 'invalid-argument', withStage({ averageWeights: 0.9 as never })],
    [
      'a warm-up in numbers alone',
      'invalid-argument',
      withStage({ schedule: { kind: 'constant', warmUp: 3 as never } }),
    ],
    ['a mixture of nothing', 'invalid-argument', withStage({ mixup: { alpha: 0 } })],
    ['mixup of single samples', 'invalid-argument', { ...withStage({ mixup: { alpha: 1 } }), microBatchSize: 1 }],
    ['an average that never moves', 'invalid-argument', withStage({ averageWeights: { decay: 1 } })],
    ['parts that make no batch', 'invalid-argument', { batchSize: 16, microBatchSize: 6 }],
    ['parts larger than a batch', 'invalid-argument', { batchSize: 4, microBatchSize: 8 }],
    ['a batch of nothing', 'invalid-argument', { batchSize: 0 }],
    ['stages that are no list', 'invalid-argument', { stages: stage as never }],
    ['a stage that is none', 'invalid-argument', { stages: [null] as never }],
    ['a misspelt option', 'invalid-argument', { batchsize: 4 } as never],
    ['a misspelt option of a stage', 'invalid-argument', withStage({ patiense: 3 } as never)],
    ['no validation set', 'invalid-argument', {}, { validation: undefined as never }],
    ['no seed', 'invalid-argument', { seed: undefined as unknown as number }],
    ['the weight of an unknown class', 'unknown-label', { classWeight: { middle: 1 } }],
    ['a negative weight', 'invalid-argument', { classWeight: { left: -1 } }],
  ])('%s', async (_, code, wrong, otherData) => {
    const model = smallXception();
    const before = tf.memory().numTensors;
    const weights = weightValues(model);
    let steps = 0;
    const error = await failure(
      fineTune(model, { ...data, ...otherData }, { seed: 1, stages: [stage], onBatch: () => steps++, ...wrong }),
    );
    expect(error.code).toBe(code);
    expect(error.message.length).toBeGreaterThan(20);
    expect(steps).toBe(0);
    expect(tf.memory().numTensors).toBe(before);
    expect(changed(weights, weightValues(model))).toEqual([]);
  });

  it('what is no model, and no data', async () => {
    for (const given of [null, Promise.resolve(smallXception())] as never[]) {
      for (const attempt of [
        () => fineTune(given, data, { seed: 1 }),
        () => predictDataset(given, data.train),
        () => extractFeatures(given, data.train),
      ]) {
        expect((await failure(attempt())).code).toBe('invalid-argument');
      }
    }
    expect((await failure(fineTune(smallXception(), null as never, { seed: 1 }))).message).toMatch(
      /\{ train, validation \}/,
    );
  });

  it('a later stage with an unknown layer, before the first is trained', async () => {
    let steps = 0;
    const error = await failure(
      fineTune(smallXception(), data, {
        seed: 1,
        stages: [stage, { ...stage, unfreeze: { from: 'nope' } }],
        onBatch: () => steps++,
      }),
    );
    expect(error.code).toBe('invalid-argument');
    expect(steps).toBe(0);
  });

  it('a model without a head, of other classes, or without images', async () => {
    const headless = buildXception({
      classes: 2,
      seed: 1,
      width: 0.125,
      endBlock: 2,
      inputShape: [side, side, 3],
      head: false,
    });
    expect((await failure(fineTune(headless, data, { seed: 1 }))).code).toBe('model-invalid');
    const three = buildXception({ classes: 3, seed: 1, width: 0.125, endBlock: 2, inputShape: [side, side, 3] });
    expect((await failure(predictDataset(three, [{ id: 'a', label: 'left', load: data.train[0]!.load }]))).code).toBe(
      'unknown-label',
    );
    const flat = tfl.sequential({ layers: [tfl.layers.dense({ units: 2, activation: 'softmax', inputShape: [4] })] });
    expect((await failure(fineTune(flat, data, { seed: 1, stages: [{ ...stage, unfreeze: 'all' }] }))).code).toBe(
      'model-invalid',
    );
  });

  const around = (...middle: tfl.layers.Layer[]) =>
    tfl.sequential({
      layers: [
        tfl.layers.conv2d({ inputShape: [side, side, 3], filters: 2, kernelSize: 3 }),
        ...middle,
        tfl.layers.flatten(),
        tfl.layers.dense({ units: 2, activation: 'softmax' }),
      ],
    });
  it.each<[string, () => tfl.LayersModel, RegExp]>([
    [
      'chance that cannot be seeded',
      () => around(tfl.layers.gaussianNoise({ stddev: 0.1 })),
      /GaussianNoise.*cannot be seeded/,
    ],
    [
      'a dilated convolution',
      () => around(tfl.layers.conv2d({ filters: 2, kernelSize: 3, dilationRate: 2 })),
      /no gradient for dilated/,
    ],
    [
      'channels first',
      () => around(tfl.layers.conv2d({ filters: 2, kernelSize: 3, dataFormat: 'channelsFirst' })),
      /channels-last/,
    ],
    ['a batch norm of rows', () => around(tfl.layers.batchNormalization({ axis: 1 })), /along the last axis/],
    [
      'a noise shape of another rank',
      () => around(tfl.layers.dropout({ rate: 0.5, noiseShape: [1, 1, 2] })),
      /noise shape \[1,1,2\]/,
    ],
    [
      'a noise shape for batches of one size',
      () => around(tfl.layers.dropout({ rate: 0.5, noiseShape: [2, 1, 1, 1] })),
      /noise shape \[2,1,1,1\]/,
    ],
    ['a layer without a gradient', () => around(tfl.layers.thresholdedReLU({})), /no gradient for it/],
    [
      'a sigmoid at its end',
      () =>
        tfl.sequential({
          layers: [
            tfl.layers.flatten({ inputShape: [side, side, 3] }),
            tfl.layers.dense({ units: 2, activation: 'sigmoid' }),
          ],
        }),
      /ends in a softmax/,
    ],
    [
      'a softmax over the batch',
      () =>
        tfl.sequential({
          layers: [
            tfl.layers.flatten({ inputShape: [side, side, 3] }),
            tfl.layers.dense({ units: 2 }),
            tfl.layers.softmax({ axis: 0 }),
          ],
        }),
      /ends in a softmax/,
    ],
  ])('a model with %s, before a film is read', async (_, build, message) => {
    let loads = 0;
    const train = data.train.map((sample) => ({
      ...sample,
      load: () => {
        loads++;
        return sample.load();
      },
    }));
    const error = await failure(
      fineTune(build(), { ...data, train }, { seed: 1, stages: [{ ...stage, unfreeze: 'all' }] }),
    );
    expect(error.code).toBe('model-invalid');
    expect(error.message).toMatch(message);
    expect(loads).toBe(0);
  });
});

describe('models not built here', () => {
  const base = () =>
    buildXception({ classes: 2, seed: 1, width: 0.125, endBlock: 2, inputShape: [side, side, 3], head: false });

  it('train with a base nested in them, from its name on, and end in an activation', async () => {
    const images = tfl.input({ shape: [side, side, 3] });
    let x = base().apply(images) as tfl.SymbolicTensor;
    x = tfl.layers.globalAveragePooling2d({ name: 'pool' }).apply(x) as tfl.SymbolicTensor;
    x = tfl.layers.dense({ units: 2, name: 'scores' }).apply(x) as tfl.SymbolicTensor;
    const model = tfl.model({ inputs: images, outputs: tfl.layers.softmax().apply(x) as tfl.SymbolicTensor });
    const start = weightValues(model);
    await fineTune(model, data, { seed: 1, batchSize: 4, stages: [stage] });
    const middle = weightValues(model);
    expect(changed(start, middle).sort()).toEqual(['scores/bias', 'scores/kernel']);
    await fineTune(model, data, { seed: 1, batchSize: 4, stages: [{ ...stage, unfreeze: { from: 'xception' } }] });
    expect(changed(middle, weightValues(model))).toContain('block1_conv1/kernel');
  });

  it('remember the classes they were trained on', async () => {
    const model = tfl.sequential({
      layers: [
        tfl.layers.flatten({ inputShape: [side, side, 3] }),
        tfl.layers.dense({ units: 2, activation: 'softmax' }),
      ],
    });
    await fineTune(model, data, { seed: 1, batchSize: 4, stages: [{ ...stage, unfreeze: 'all' }] });
    const unlabelled: Dataset = data.validation.map(({ id, load }) => ({ id, load }));
    expect((await predictDataset(model, unlabelled)).classes).toEqual(['left', 'right']);
    const others: Dataset = data.validation.map((sample) => ({ ...sample, label: 'cat' }));
    expect((await failure(predictDataset(model, others))).code).toBe('unknown-label');
  });

  it('are refused when what they give is no probability', async () => {
    const model = tfl.sequential({
      layers: [tfl.layers.flatten({ inputShape: [side, side, 3] }), tfl.layers.dense({ units: 2 })],
    });
    const before = tf.memory().numTensors;
    expect((await failure(predictDataset(model, data.validation))).code).toBe('prediction-invalid');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('leak nothing when a gradient throws', async () => {
    class Broken extends tfl.layers.Layer {
      static className = 'Broken';
      override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
        const x = (Array.isArray(inputs) ? inputs[0] : inputs)!;
        return tf.customGrad((value) => ({
          value: tf.mul(value as tf.Tensor, 2),
          gradFunc: () => {
            throw new Error('no gradient');
          },
        }))(x);
      }
    }
    const model = tfl.sequential({
      layers: [
        tfl.layers.conv2d({ inputShape: [side, side, 3], filters: 2, kernelSize: 3 }),
        new Broken({}),
        tfl.layers.flatten(),
        tfl.layers.dense({ units: 2, activation: 'softmax' }),
      ],
    });
    const before = tf.memory().numTensors;
    await expect(fineTune(model, data, { seed: 1, stages: [{ ...stage, unfreeze: 'all' }] })).rejects.toThrow(
      'no gradient',
    );
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('films that do not fit', () => {
  const film = (shape: number[], value = 0.5): Dataset => [
    {
      id: 'odd',
      label: 'left',
      load: () => Promise.resolve(ndarrayOf(new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value), shape)),
    },
  ];
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
