import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { buildXception, loadWeights, readSafetensors } from 'spine-xray-ml';
import { modelWeights } from 'spine-xray-ml/weights';
import { backendName, useTestBackend } from '../support/backend.js';
import { deviations, type Activation } from '../support/formula.js';

useTestBackend();

/** The formula of test/golden/keras_xception.py. */
function setWaveWeights(model: tfl.LayersModel): void {
  for (const { name, shape, write } of modelWeights(model)) {
    const variable = name.slice(name.lastIndexOf('/') + 1);
    const size = shape.reduce((product, side) => product * side, 1);
    const fanIn = variable === 'depthwise_kernel' ? 9 : size / shape.at(-1)!;
    const values = Float32Array.from({ length: size }, (_, i) => {
      const wave = Math.sin(0.37 * i + 0.11 * (i % 89));
      if (variable.endsWith('kernel')) return wave * Math.sqrt(3 / fanIn);
      if (variable === 'gamma') return 1 + 0.1 * wave;
      return variable === 'moving_variance' ? 1 + 0.5 * wave * wave : 0.1 * wave;
    });
    tf.tidy(() => write(tf.tensor(values, [...shape])));
  }
}

describe(`Xception's activations on ${backendName}`, () => {
  it('equal those of Keras at five depths, all weights by formula', async () => {
    const keras = JSON.parse(readFileSync(new URL('../golden/keras_xception.json', import.meta.url), 'utf8')) as {
      side: number;
      activations: Record<string, Activation>;
    };
    const model = buildXception({ classes: 3, seed: 1, head: false, inputShape: [keras.side, keras.side, 3] });
    setWaveWeights(model);
    const found = await deviations(model, keras.side, keras.activations);
    expect(found.size).toBe(5);
    for (const [layer, deviation] of found) expect(deviation, layer).toBeLessThan(1e-4);
    tf.disposeVariables();
  }, 300_000);

  const weights = process.env['SPINE_XRAY_WEIGHTS'];
  const file =
    weights === undefined
      ? ''
      : weights.endsWith('.safetensors')
        ? weights
        : join(weights, 'xception-imagenet-blocks1-13.safetensors');
  const reference = join(file, '..', 'reference.json');
  const available = existsSync(file) && existsSync(reference);
  it.skipIf(!available)(
    `equal those of Keras with the ImageNet weights${available ? '' : ' (skipped: SPINE_XRAY_WEIGHTS names no folder with them)'}`,
    async () => {
      const expected = JSON.parse(readFileSync(reference, 'utf8')) as Record<
        string,
        string | { shape: number[]; std: number; channelMeans0to7: number[]; 'at[3,4,0..7]': number[] }
      >;
      const full = buildXception({ classes: 3, seed: 1, head: false });
      const report = loadWeights(full, readSafetensors(readFileSync(file)), { strict: false });
      expect(report.matched).toHaveLength(230);
      expect(report.unexpected).toEqual([]);
      expect(report.missing).toEqual([
        'block14_sepconv1/depthwise_kernel',
        'block14_sepconv1/pointwise_kernel',
        'block14_sepconv2/depthwise_kernel',
        'block14_sepconv2/pointwise_kernel',
      ]);
      const activations = Object.fromEntries(
        Object.entries(expected).flatMap(([name, value]) => {
          if (typeof value === 'string') return [];
          const { shape, std, channelMeans0to7, 'at[3,4,0..7]': corner } = value;
          return [
            [
              name.startsWith('output of block 13') ? 'add_12' : name,
              { shape, spread: std, channelMeans: channelMeans0to7, corner },
            ],
          ];
        }),
      );
      const found = await deviations(full, 224, activations, [3, 4]);
      expect(found.size).toBe(5);
      for (const [layer, deviation] of found) expect(deviation, layer).toBeLessThan(1e-3);
      tf.disposeVariables();
    },
    600_000,
  );
});
