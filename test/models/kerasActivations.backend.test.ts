import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { buildXception, loadWeights, modelWeights, readSafetensors } from 'spine-xray-ml';
import { backendName, useTestBackend } from '../support/backend.js';

useTestBackend();

interface Activation {
  readonly shape: readonly number[];
  readonly spread: number;
  readonly channelMeans: readonly number[];
  readonly corner: readonly number[];
}

/** pixel(y, x, c) = ((7y + 13x + 29c) mod 256) / 255. */
function formulaImage(side: number): tf.Tensor4D {
  const pixels = Float32Array.from({ length: side * side * 3 }, (_, index) => {
    const [y, x, c] = [Math.floor(index / (3 * side)), Math.floor(index / 3) % side, index % 3];
    return ((7 * y + 13 * x + 29 * c) % 256) / 255;
  });
  return tf.tensor4d(pixels, [1, side, side, 3]);
}

function setFormulaWeights(model: tfl.LayersModel): void {
  for (const { name, shape, write } of modelWeights(model)) {
    const variable = name.slice(name.lastIndexOf('/') + 1);
    const size = shape.reduce((product, side) => product * side, 1);
    const fanIn = variable === 'depthwise_kernel' ? 9 : size / (shape.at(-1) as number);
    const values = Float32Array.from({ length: size }, (_, i) => {
      const wave = Math.sin(0.37 * i + 0.11 * (i % 89));
      if (variable.endsWith('kernel')) return wave * Math.sqrt(3 / fanIn);
      if (variable === 'gamma') return 1 + 0.1 * wave;
      return variable === 'moving_variance' ? 1 + 0.5 * wave * wave : 0.1 * wave;
    });
    tf.tidy(() => write(tf.tensor(values, [...shape])));
  }
}

/** The largest deviation from the reference, in units of its spread. */
async function deviation(output: tf.Tensor, reference: { readonly spread: number; readonly channelMeans: readonly number[]; readonly pixel: readonly number[]; readonly at: readonly [number, number] }): Promise<number> {
  const [, , width, channels] = output.shape as [number, number, number, number];
  const means = await tf.mean(output, [0, 1, 2]).data();
  const values = await output.data();
  const first = (reference.at[0] * width + reference.at[1]) * channels;
  const differences = [
    ...reference.channelMeans.map((value, index) => Math.abs((means[index] as number) - value)),
    ...reference.pixel.map((value, index) => Math.abs((values[first + index] as number) - value)),
  ];
  return Math.max(...differences) / reference.spread;
}

describe(`Xception's activations on ${backendName}`, () => {
  it('equal those of Keras at five depths, all weights by formula', async () => {
    const keras = JSON.parse(readFileSync(new URL('../golden/keras_xception.json', import.meta.url), 'utf8')) as {
      side: number;
      activations: Record<string, Activation>;
    };
    const model = buildXception({ classes: 3, seed: 1, head: false, inputShape: [keras.side, keras.side, 3] });
    setFormulaWeights(model);
    const names = Object.keys(keras.activations);
    const probe = tfl.model({ inputs: model.inputs, outputs: names.map((name) => model.getLayer(name).output as tfl.SymbolicTensor) });
    const outputs = probe.predict(formulaImage(keras.side)) as tf.Tensor[];
    for (const [index, name] of names.entries()) {
      const { shape, corner, ...rest } = keras.activations[name] as Activation;
      const output = outputs[index] as tf.Tensor;
      expect(output.shape.slice(1)).toEqual(shape);
      expect(await deviation(output, { ...rest, pixel: corner, at: [0, (shape[1] as number) - 1] }), name).toBeLessThan(1e-4);
    }
    tf.disposeVariables();
  }, 300_000);

  const weights = process.env['SPINE_XRAY_WEIGHTS'];
  const file = weights === undefined ? '' : weights.endsWith('.safetensors') ? weights : join(weights, 'xception-imagenet-blocks1-13.safetensors');
  const reference = join(file, '..', 'reference.json');
  const available = existsSync(file) && existsSync(reference);
  it.skipIf(!available)(`equal those of Keras with the ImageNet weights${available ? '' : ' (skipped: SPINE_XRAY_WEIGHTS names no folder with them)'}`, async () => {
    const expected = JSON.parse(readFileSync(reference, 'utf8')) as Record<string, string | { std: number; channelMeans0to7: number[]; 'at[3,4,0..7]': number[] }>;
    const full = buildXception({ classes: 3, seed: 1, head: false });
    const report = loadWeights(full, readSafetensors(readFileSync(file)), { strict: false });
    expect(report.matched).toHaveLength(230);
    expect(report.unexpected).toEqual([]);
    expect(report.missing).toEqual([
      'block14_sepconv1/depthwise_kernel', 'block14_sepconv1/pointwise_kernel', 'block14_sepconv2/depthwise_kernel', 'block14_sepconv2/pointwise_kernel',
    ]);
    const depths = Object.entries(expected).filter(([, value]) => typeof value !== 'string');
    const layers = depths.map(([name]) => (name.startsWith('output of block 13') ? 'add_12' : name));
    const probe = tfl.model({ inputs: full.inputs, outputs: layers.map((name) => full.getLayer(name).output as tfl.SymbolicTensor) });
    const outputs = probe.predict(formulaImage(224)) as tf.Tensor[];
    for (const [index, [name, value]] of depths.entries()) {
      const { std, channelMeans0to7, 'at[3,4,0..7]': pixel } = value as Exclude<typeof value, string>;
      expect(await deviation(outputs[index] as tf.Tensor, { spread: std, channelMeans: channelMeans0to7, pixel, at: [3, 4] }), name).toBeLessThan(1e-3);
    }
    tf.disposeVariables();
  }, 600_000);
});
