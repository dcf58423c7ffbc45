import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { buildBackbone, SpineError, type BuildBackboneOptions } from 'spine-xray-ml';
import { backendName, useTestBackend } from '../support/backend.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
});

const options = { classes: 2, seed: 1, width: 0.125, endBlock: 1, inputShape: [40, 32, 3] } as const;

/** What the first convolution sees of a pixel of red 1, green 0.5 and blue 0. */
async function seen(variant: 'keras' | 'torch', layer: string): Promise<number[]> {
  const model = buildBackbone('vgg16', { ...options, variant });
  const probe = tfl.model({ inputs: model.inputs, outputs: model.getLayer(layer).output as tfl.SymbolicTensor });
  const output = tf.tidy(() =>
    tf.slice(
      probe.predict(tf.mul(tf.ones([1, 40, 32, 3]), tf.tensor1d([1, 0.5, 0]))) as tf.Tensor4D,
      [0, 39, 31, 0],
      [1, 1, 1, 3],
    ),
  );
  return [...(await output.data())];
}

describe(`input conventions on ${backendName}`, () => {
  it('caffe: 0 to 255 from blue to red, less the means', async () => {
    const [blue, green, red] = (await seen('keras', 'input_blue_first')) as [number, number, number];
    expect(blue).toBeCloseTo(-103.939, 3);
    expect(green).toBeCloseTo(127.5 - 116.779, 3);
    expect(red).toBeCloseTo(255 - 123.68, 3);
  });

  it('torch: less the mean, by the standard deviation, from red to blue', async () => {
    const [red, green, blue] = (await seen('torch', 'input_range')) as [number, number, number];
    expect(red).toBeCloseTo((1 - 0.485) / 0.229, 4);
    expect(green).toBeCloseTo((0.5 - 0.456) / 0.224, 4);
    expect(blue).toBeCloseTo(-0.406 / 0.225, 4);
  });

  it('odd options are refused in words', () => {
    const build = (odd: object) => () => buildBackbone('vgg16', { ...options, ...odd } as BuildBackboneOptions);
    for (const odd of [
      { inputShape: 224 },
      { inputShape: [224, 224] },
      { inputRange: 1 },
      { inputRange: [0, 1, 2] },
      { width: 1e9 },
      { inputShape: [40, 32, 1] },
    ]) {
      expect(build(odd), JSON.stringify(odd)).toThrow(SpineError);
    }
  });
});
