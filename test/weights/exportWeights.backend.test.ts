import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { buildXception, isSpineError, loadWeights } from 'spine-xray-ml';
import { exportWeights, modelWeights } from 'spine-xray-ml/weights';
import { useTestBackend } from '../support/backend.js';

useTestBackend();
afterEach(() => tf.disposeVariables());

const build = (seed: number) => buildXception({ classes: 2, seed, width: 0.125, endBlock: 2, inputShape: [32, 32, 3] });
const dense = (name: string, seed: number, model = `model_of_${name}_${seed}`) =>
  tfl.sequential({
    name: model,
    layers: [
      tfl.layers.dense({
        name,
        units: 2,
        inputShape: [2],
        kernelInitializer: tfl.initializers.glorotUniform({ seed }),
      }),
    ],
  });

describe('exportWeights', () => {
  it('copies every weight, and leaks nothing', async () => {
    const model = build(1);
    const before = tf.memory().numTensors;
    const weights = await exportWeights(model);
    expect(tf.memory().numTensors).toBe(before);
    expect([...weights.keys()]).toEqual(modelWeights(model).map(({ name }) => name));
    for (const { name, shape, read } of modelWeights(model)) {
      expect(weights.get(name)?.shape).toEqual(shape);
      expect(Array.from(weights.get(name)?.data ?? [])).toEqual(Array.from(read().dataSync()));
    }
  });

  it('gives copies: neither a change of the model nor one of the arrays reaches the other', async () => {
    const model = build(1);
    const weights = await exportWeights(model);
    const kernel = weights.get('block1_conv1/kernel')?.data ?? new Float32Array();
    const was = Array.from(kernel);
    loadWeights(model, await exportWeights(build(2)));
    expect(Array.from(kernel)).toEqual(was);
    kernel.fill(9);
    expect(Array.from((await exportWeights(model)).get('block1_conv1/kernel')?.data ?? [])).not.toContain(9);
  });

  it('copies the model as it is when called', async () => {
    const model = build(1);
    const wanted = await exportWeights(model);
    const exporting = exportWeights(model);
    loadWeights(model, await exportWeights(build(2)));
    const weights = await exporting;
    for (const [name, { data }] of wanted) expect(Array.from(weights.get(name)?.data ?? [])).toEqual(Array.from(data));
  });

  it('reaches into nested models, and refuses two weights of one name', async () => {
    const nested = tfl.sequential({ layers: [dense('first', 1), dense('second', 2)] });
    expect([...(await exportWeights(nested)).keys()]).toEqual([
      'first/kernel',
      'first/bias',
      'second/kernel',
      'second/bias',
    ]);
    const twins = tfl.sequential({ layers: [dense('first', 1), dense('first', 2)] });
    expect([...(await exportWeights(twins)).keys()]).toEqual([
      'model_of_first_1/first/kernel',
      'model_of_first_1/first/bias',
      'model_of_first_2/first/kernel',
      'model_of_first_2/first/bias',
    ]);
    const indistinct = tfl.sequential({ layers: [dense('first', 1, 'twin'), dense('first', 2, 'twin')] });
    const before = tf.memory().numTensors;
    const error: unknown = await exportWeights(indistinct).catch((reason: unknown) => reason);
    expect(isSpineError(error, 'model-invalid') && error.message).toContain('"twin/first/kernel"');
    expect(tf.memory().numTensors).toBe(before);
  });
});
