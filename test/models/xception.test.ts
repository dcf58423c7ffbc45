import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { buildXception, isSpineError, modelClasses, modelMetadata } from 'spine-xray-ml';
import { modelWeights } from 'spine-xray-ml/weights';
import { useTestBackend } from '../support/backend.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
});

interface KerasReference {
  readonly parameters: number;
  readonly layers: readonly string[];
  readonly weights: readonly (readonly [string, readonly number[]])[];
}
const keras = JSON.parse(
  readFileSync(new URL('../golden/keras_xception.json', import.meta.url), 'utf8'),
) as KerasReference;

/** Keras counts unnamed layers from none: conv2d, conv2d_1, …; here they count from one. */
const numberedFromOne = (name: string) =>
  name.replace(
    /^(conv2d|batch_normalization|add)(?:_(\d+))?(?=\/|$)/,
    (_, kind: string, number?: string) => `${kind}_${Number(number ?? 0) + 1}`,
  );

describe('buildXception', () => {
  it('has the layers, weights and parameters of Keras', () => {
    const model = buildXception({ classes: 3, seed: 1, head: false });
    const names = model.layers.map(({ name }) => name).filter((name) => name !== 'image' && name !== 'input_range');
    expect([...names].sort()).toEqual(keras.layers.map(numberedFromOne).sort());
    expect(model.countParams()).toBe(20_861_480);
    expect(keras.parameters).toBe(20_861_480);
    const own = new Map(modelWeights(model).map(({ name, shape }) => [name, shape]));
    expect(own.size).toBe(234);
    expect(own).toEqual(new Map(keras.weights.map(([name, shape]) => [numberedFromOne(name), shape])));
  });

  it('ends after the block asked for, with the width asked for', () => {
    const model = buildXception({ classes: 3, seed: 1, width: 0.125, endBlock: 6, head: false });
    expect(model.outputs[0]?.shape).toEqual([null, 14, 14, 88]);
    expect(model.layers.some(({ name }) => name.startsWith('block7'))).toBe(false);
    expect(buildXception({ classes: 3, seed: 1, width: 0.125, endBlock: 1, head: false }).outputs[0]?.shape).toEqual([
      null,
      109,
      109,
      8,
    ]);
  });

  it('puts the head of Fig. 2 on top and remembers the classes', () => {
    const classes = ['normal', 'scoliosis', 'spondylolisthesis'];
    const model = buildXception({
      classes,
      seed: 1,
      width: 0.125,
      endBlock: 2,
      inputShape: [32, 24, 3],
      head: { dense: [16, 8], dropout: 0.25, pooling: 'max' },
    });
    expect(model.layers.slice(-6).map(({ name }) => name)).toEqual([
      'max_pool',
      'head_dense_1',
      'head_dropout_1',
      'head_dense_2',
      'head_dropout_2',
      'predictions',
    ]);
    expect(modelMetadata(model)).toMatchObject({
      classes,
      backbone: 'xception',
      imageRange: [0, 1],
      width: 0.125,
      endBlock: 2,
    });
    expect(modelClasses(model, [])).toEqual(classes);
  });

  it('gives the same weights for the same seed, and others for another', () => {
    const weights = (seed: number) =>
      modelWeights(buildXception({ classes: 2, seed, width: 0.125, endBlock: 3, inputShape: [32, 32, 3] })).map(
        ({ read }) => Array.from(read().dataSync()),
      );
    expect(weights(4)).toEqual(weights(4));
    expect(weights(4)).not.toEqual(weights(5));
  });

  it('maps images in [0, 1] to the range its weights expect', async () => {
    const options = { classes: 2, seed: 1, width: 0.125, endBlock: 2, inputShape: [32, 32, 3] } as const;
    const image = tf.randomUniform([1, 32, 32, 3], 0, 1, 'float32', 3);
    const usual = buildXception(options).predict(image) as tf.Tensor;
    const bare = buildXception({ ...options, inputRange: [0, 1] }).predict(tf.sub(tf.mul(image, 2), 1)) as tf.Tensor;
    const [actual, expected] = [await usual.data(), await bare.data()];
    for (const [index, value] of expected.entries()) expect(actual[index]).toBeCloseTo(value, 6);
  });

  it('is loaded by plain tfjs with the same outputs and metadata', async () => {
    const model = buildXception({ classes: ['a', 'b'], seed: 1, width: 0.125, endBlock: 4, inputShape: [48, 48, 3] });
    let saved: tf.io.ModelArtifacts | undefined;
    await model.save(
      tf.io.withSaveHandler((artifacts) => {
        saved = artifacts;
        return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
      }),
    );
    const loaded = await tfl.loadLayersModel(tf.io.fromMemory(saved!));
    const image = tf.randomUniform([2, 48, 48, 3], 0, 1, 'float32', 3);
    expect((loaded.predict(image) as tf.Tensor).arraySync()).toEqual((model.predict(image) as tf.Tensor).arraySync());
    expect(modelMetadata(loaded)).toEqual(modelMetadata(model));
  });

  it.each([
    ['a width of nothing', { width: 0 }],
    ['a block that does not exist', { endBlock: 15 }],
    ['half a block', { endBlock: 2.5 }],
    ['an upside-down range', { inputRange: [1, 0] }],
    ['tiny images', { inputShape: [5, 224, 3] }],
    ['one class', { classes: ['normal'] }],
    ['a class twice', { classes: ['normal', 'normal'] }],
    ['a dropout of all', { head: { dropout: 1 } }],
    ['half a unit', { head: { dense: [0.5] } }],
    ['no seed', { seed: undefined as unknown as number }],
  ])('refuses %s', (_, wrong) => {
    const before = tf.memory().numTensors;
    try {
      buildXception({ classes: 3, seed: 1, width: 0.125, ...wrong } as Parameters<typeof buildXception>[0]);
      expect.unreachable();
    } catch (error) {
      expect(isSpineError(error, 'invalid-argument')).toBe(true);
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});
