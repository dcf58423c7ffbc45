import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import type { NdArray } from 'ndarray';
import { afterEach, describe, expect, it } from 'vitest';
import { ndarrayOf, buildXception, loadWeights, readKerasH5, readKerasV3, type NamedArrays } from 'spine-xray-ml';
import { modelWeights } from 'spine-xray-ml/weights';
import { useTestBackend } from '../../support/backend.js';
import { mismatch } from '../../support/mismatch.js';
import { described, weightFile } from '../../support/weightFiles.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
});

const xception = (endBlock: number) =>
  buildXception({ classes: 2, seed: 1, width: 0.125, endBlock, inputShape: [71, 71, 3], head: false });
const valueOf = (model: tfl.LayersModel, name: string): number[] =>
  Array.from(
    modelWeights(model)
      .find((weight) => weight.name === name)
      ?.read()
      .dataSync() ?? [],
  );
const firstIn = (model: string, name: string) => described[model]?.find((weight) => weight.name === name)?.first;

/** Convolutions of the given filters in a row, named by the numbers given; `undefined` for a name without one. */
function chain(filters: readonly number[], numbers: readonly (number | undefined)[], lead = 1): tfl.LayersModel {
  const model = tfl.sequential();
  filters.forEach((count, index) => {
    const number = numbers[index];
    model.add(
      tfl.layers.conv2d({
        name: number === undefined ? 'conv2d' : `conv2d_${number}`,
        filters: count,
        kernelSize: 1,
        useBias: false,
        ...(index === 0 ? { inputShape: [2, 2, lead] } : {}),
      }),
    );
  });
  return model;
}

/** Weights as a file would name them, layer k filled with the number k, counted from one. */
function fileOf(filters: readonly number[], names: readonly string[], lead = 1): NamedArrays {
  return new Map(
    names.map((name, index) => {
      const shape = [1, 1, filters[index - 1] ?? lead, filters[index]!];
      return [`${name}/kernel`, ndarrayOf(new Float32Array(shape.reduce((a, b) => a * b)).fill(index + 1), shape)];
    }),
  );
}

const layersOf = (model: tfl.LayersModel) => modelWeights(model).map(({ read }) => read().dataSync()[0]);

describe('loadWeights, of files by Keras', () => {
  it.each(['xception4.weights.h5', 'xception4.weights-only.h5'])(
    'puts the shortcuts of %s where they belong, though their names begin elsewhere',
    async (file) => {
      const model = xception(4);
      const weights = await readKerasH5(weightFile(file));
      const report = loadWeights(model, weights);
      expect(report.missing.length + report.unexpected.length).toBe(0);
      for (const number of [1, 2, 3]) {
        expect(valueOf(model, `conv2d_${number}/kernel`).slice(0, 3)).toEqual(
          firstIn('xception4', `conv2d_${number + 1}/kernel`),
        );
        expect(valueOf(model, `batch_normalization_${number}/moving_variance`).slice(0, 3)).toEqual(
          firstIn('xception4', `batch_normalization_${number}/moving_variance`),
        );
      }
      expect(valueOf(model, 'block3_sepconv1/pointwise_kernel').slice(0, 3)).toEqual(
        firstIn('xception4', 'block3_sepconv1/pointwise_kernel'),
      );
    },
  );

  it('loads a file into a model that is cut earlier, and into one that is cut later', async () => {
    const weights = await readKerasH5(weightFile('xception4.weights.h5'));
    const cut = xception(3);
    expect(loadWeights(cut, weights, { strict: false }).missing).toEqual([]);
    expect(valueOf(cut, 'conv2d_2/kernel').slice(0, 3)).toEqual(firstIn('xception4', 'conv2d_3/kernel'));
    const longer = xception(13);
    const { missing } = loadWeights(longer, weights, { strict: false });
    expect(missing.filter((name) => !name.startsWith('block')).map((name) => name.split('/')[0])).toEqual([
      'conv2d_4',
      ...Array<string>(4).fill('batch_normalization_4'),
    ]);
  });

  /** The model `classes` of keras_files.py in tfjs, with the names of this library: counted from one. */
  function classes(): tfl.LayersModel {
    const { layers } = tfl;
    const apply = (layer: tfl.layers.Layer, x: tfl.SymbolicTensor) => layer.apply(x) as tfl.SymbolicTensor;
    const nested = tfl.sequential({
      name: 'nested',
      layers: [
        layers.conv2d({ name: 'inner_conv', filters: 3, kernelSize: 1, inputShape: [4, 4, 4] }),
        layers.conv2d({ name: 'conv2d_1', filters: 3, kernelSize: 1 }),
        layers.dense({ name: 'dense_1', units: 2 }),
      ],
    });
    const images = tfl.input({ shape: [8, 8, 3] });
    // Images less a constant: mean and variance of the file are those of its own data, so they stay unexpected.
    let x = apply(layers.conv2d({ name: 'stem', filters: 4, kernelSize: 3, strides: 2, padding: 'same' }), images);
    x = apply(layers.batchNormalization({ name: 'batch_normalization_1', scale: false }), x);
    x = apply(
      layers.depthwiseConv2d({ name: 'depthwise_conv2d_1', kernelSize: 3, padding: 'same', useBias: false }),
      x,
    );
    x = apply(layers.batchNormalization({ name: 'uncentred', center: false }), x);
    x = apply(layers.separableConv2d({ name: 'separable_conv2d_1', filters: 4, kernelSize: 3, padding: 'same' }), x);
    x = apply(layers.conv2d({ name: 'conv2d_2', filters: 4, kernelSize: 1, useBias: false }), x);
    x = apply(layers.batchNormalization({ name: 'batch_normalization_2' }), x);
    x = apply(nested, x);
    x = apply(layers.dense({ name: 'dense_2', units: 2 }), apply(layers.globalAveragePooling2d({}), x));
    return tfl.model({ inputs: images, outputs: x });
  }
  const constants = ['normalization/mean', 'normalization/variance', 'normalization/count'];

  it.each(['classes.full.h5', 'classes.weights.h5', 'classes.keras'])(
    'loads %s, each variable by its name or its place',
    async (file) => {
      const model = classes();
      const weights = await (file.endsWith('.keras') ? readKerasV3 : readKerasH5)(weightFile(file));
      expect(loadWeights(model, weights, { strict: false })).toMatchObject({ missing: [], unexpected: constants });
      expect(valueOf(model, 'batch_normalization_1/beta').slice(0, 3)).toEqual(
        firstIn('classes', 'batch_normalization/beta'),
      );
      expect(valueOf(model, 'uncentred/gamma').slice(0, 3)).toEqual(firstIn('classes', 'uncentred/gamma'));
      expect(valueOf(model, 'conv2d_2/kernel').slice(0, 3)).toEqual(firstIn('classes', 'conv2d_1/kernel'));
      expect(valueOf(model, 'depthwise_conv2d_1/kernel').slice(0, 3)).toEqual(
        firstIn('classes', 'depthwise_conv2d/kernel'),
      );
    },
  );

  it('loads a file without names by class and order, in nested models too', async () => {
    const named = classes();
    const nameless = classes();
    loadWeights(named, await readKerasH5(weightFile('classes.weights.h5')), { strict: false });
    const { missing, unexpected } = loadWeights(
      nameless,
      await readKerasH5(weightFile('classes.nameless.weights.h5')),
      { strict: false },
    );
    expect(missing).toEqual([]);
    expect(unexpected).toEqual([0, 1, 2].map((index) => `layers/normalization/vars/${index}`));
    expect(modelWeights(nameless).map(({ read }) => Array.from(read().dataSync()))).toEqual(
      modelWeights(named).map(({ read }) => Array.from(read().dataSync())),
    );
  });

  it('takes mean and variance of a file for those that are built in, where they agree', () => {
    const model = (mean: readonly number[], variance: readonly number[]) => {
      const scale = variance.map((value) => 1 / Math.sqrt(value));
      const offset = mean.map((value, channel) => -value * scale[channel]!);
      const convention = tfl.layers.rescaling({
        name: 'input_range',
        scale: scale as unknown as number,
        offset: offset as unknown as number,
        inputShape: [4, 4, 2],
      });
      const built = tfl.sequential({
        layers: [convention, tfl.layers.conv2d({ name: 'stem', filters: 1, kernelSize: 1, useBias: false })],
      });
      return built;
    };
    const weights: NamedArrays = new Map<string, NdArray<Float32Array | Float64Array>>([
      ['normalization/mean', ndarrayOf(Float32Array.of(0.485, 0.4), [2])],
      ['normalization/variance', ndarrayOf(Float32Array.of(0.05, 0.06), [2])],
      ['normalization/count', ndarrayOf(new Float64Array(1), [])],
      ['stem/kernel', ndarrayOf(new Float32Array(2), [1, 1, 2, 1])],
    ]);
    const before = tf.memory().numTensors;
    const agreeing = model([0.485, 0.4], [0.05, 0.06]);
    const built = tf.memory().numTensors;
    expect(loadWeights(agreeing, weights)).toEqual({ matched: ['stem/kernel'], missing: [], unexpected: [] });
    expect(tf.memory().numTensors).toBe(built);
    expect(built).toBeGreaterThan(before);
    expect(loadWeights(model([0.485, 0.5], [0.05, 0.06]), weights, { strict: false }).unexpected).toEqual(constants);
    expect(loadWeights(model([0.485, 0.4], [0.05, 0.07]), weights, { strict: false }).unexpected).toEqual(constants);
  });
});

describe('loadWeights, of layers without names of their own', () => {
  it('goes by order where names overlap by accident', () => {
    const model = chain([1, 1, 1, 1], [1, 2, 3, 4]);
    loadWeights(model, fileOf([1, 1, 1, 1], ['conv2d', 'conv2d_1', 'conv2d_2', 'conv2d_3']));
    expect(layersOf(model)).toEqual([1, 2, 3, 4]);
    loadWeights(model, fileOf([1, 1, 1, 1], ['conv2d_3', 'conv2d_4', 'conv2d_5', 'conv2d_6']));
    expect(layersOf(model)).toEqual([1, 2, 3, 4]);
  });

  it('goes by number, whatever the order in the file, and by Keras 1’s names', () => {
    const model = chain([1, 1, 1], [1, 2, 3]);
    const shuffled = [...fileOf([1, 1, 1], ['conv2d_9', 'conv2d_10', 'conv2d_11'])].reverse();
    loadWeights(model, new Map(shuffled));
    expect(layersOf(model)).toEqual([1, 2, 3]);
    loadWeights(model, fileOf([1, 1, 1], ['convolution2d_1', 'convolution2d_2', 'convolution2d_3']));
    expect(layersOf(model)).toEqual([1, 2, 3]);
  });

  it('leaves names as they are where both count from one', () => {
    const model = chain([1, 1, 1], [1, 2, 3]);
    loadWeights(model, fileOf([1, 1, 1], ['conv2d_1', 'conv2d_2', 'conv2d_3']));
    expect(layersOf(model)).toEqual([1, 2, 3]);
  });

  it('refuses as many layers of other shapes, naming them', () => {
    expect(mismatch(() => loadWeights(chain([2, 3], [1, 2]), fileOf([2, 4], ['conv2d', 'conv2d_1'])))).toMatch(
      /"conv2d_2" of the model is "conv2d_1" of the weights.*\[1, 1, 2, 3\].*\[1, 1, 2, 4\]/,
    );
  });

  it('finds the only place of fewer layers among more', () => {
    const model = chain([2, 3], [1, 2]);
    const report = loadWeights(model, fileOf([2, 3, 5], ['conv2d', 'conv2d_1', 'conv2d_2']), { strict: false });
    expect(layersOf(model)).toEqual([1, 2]);
    expect(report.unexpected).toEqual(['conv2d_2/kernel']);
    const longer = chain([2, 3, 5], [1, 2, 3]);
    expect(loadWeights(longer, fileOf([2, 3], ['conv2d', 'conv2d_1']), { strict: false }).missing).toEqual([
      'conv2d_3/kernel',
    ]);
  });

  it('refuses several places, and names what is ambiguous', () => {
    const message = mismatch(() =>
      loadWeights(chain([1, 1], [1, 2]), fileOf([1, 1, 1], ['conv2d', 'conv2d_1', 'conv2d_2']), { strict: false }),
    );
    expect(message).toMatch(/conv2d_1, conv2d_2; the weights have conv2d, conv2d_1, conv2d_2; .*several places/);
  });

  it('takes equal names where the file counts from one', () => {
    const model = chain([1, 1], [2, 3]);
    loadWeights(model, fileOf([1, 1, 1], ['conv2d_1', 'conv2d_2', 'conv2d_3']), { strict: false });
    expect(layersOf(model)).toEqual([2, 3]);
    expect(
      mismatch(() =>
        loadWeights(chain([1, 1], [2, 3]), fileOf([1, 1, 1, 1], ['conv2d', 'conv2d_1', 'conv2d_2', 'conv2d_3']), {
          strict: false,
        }),
      ),
    ).toMatch(/several places/);
  });

  it('takes the beginning of a model of this library that is cut', () => {
    // Batch norms of one width: any of the file's would fit by shape.
    const model = buildXception({
      classes: 2,
      seed: 1,
      width: 0.01,
      endBlock: 3,
      inputShape: [32, 32, 3],
      head: false,
    });
    const whole = buildXception({
      classes: 2,
      seed: 2,
      width: 0.01,
      endBlock: 4,
      inputShape: [32, 32, 3],
      head: false,
    });
    const fromNone = new Map(
      modelWeights(whole).map(({ name, shape, read }) => [
        name.replace(/^(conv2d|batch_normalization)_(\d+)\//, (_, base: string, number: string) =>
          number === '1' ? `${base}/` : `${base}_${Number(number) - 1}/`,
        ),
        ndarrayOf(Float32Array.from(read().dataSync()), shape),
      ]),
    );
    loadWeights(model, fromNone, { strict: false });
    for (const name of ['conv2d_1/kernel', 'conv2d_2/kernel'])
      expect(valueOf(model, name)).toEqual(valueOf(whole, name));
  });
});

describe('modelWeights', () => {
  it('keeps names apart where two nested models have layers of one name', () => {
    const model = tfl.sequential();
    const nested = (name: string) =>
      tfl.sequential({
        name,
        layers: [
          tfl.layers.dense({ name: 'stem', units: 2, inputShape: [2] }),
          tfl.layers.dense({ name: `only_${name}`, units: 2 }),
        ],
      });
    model.add(nested('left'));
    expect(modelWeights(model).map(({ name }) => name)).toEqual([
      'stem/kernel',
      'stem/bias',
      'only_left/kernel',
      'only_left/bias',
    ]);
    model.add(nested('right'));
    const names = modelWeights(model).map(({ name }) => name);
    expect(names).toEqual([
      'left/stem/kernel',
      'left/stem/bias',
      'left/only_left/kernel',
      'left/only_left/bias',
      'right/stem/kernel',
      'right/stem/bias',
      'right/only_right/kernel',
      'right/only_right/bias',
    ]);
    const weights = new Map(
      names.map((name, index) => [
        name,
        ndarrayOf(
          Float32Array.from({ length: name.endsWith('kernel') ? 4 : 2 }, () => index),
          name.endsWith('kernel') ? [2, 2] : [2],
        ),
      ]),
    );
    loadWeights(model, weights);
    expect(modelWeights(model).map(({ read }) => read().dataSync()[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});
