import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterAll, describe, expect, it } from 'vitest';
import { ensureTrainingKernels, useBackend } from 'spine-xray-ml';
import { removeTrainingKernels } from 'spine-xray-ml/backend';
import { backendName, useTestBackend } from '../../support/backend.js';
import { composedGradients, farthest, layerCases, nameOf, trainingGradients } from './gradientCases.js';

useTestBackend();
afterAll(() => removeTrainingKernels());

await tf.setBackend('cpu');
const cases = layerCases();

describe(`gradients of the backbones' layers on ${backendName}`, () => {
  it('are checked for every kind of layer with weights', () => {
    const kinds = new Set(cases.map(({ kind }) => kind));
    expect(
      ['Conv2D', 'DepthwiseConv2D', 'SeparableConv2D', 'Dense', 'BatchNormalization'].filter(
        (kind) => !kinds.has(kind),
      ),
    ).toEqual([]);
    expect(cases.length).toBeGreaterThan(60);
  });

  it.each(cases.map((layer) => [nameOf(layer), layer] as const))('%s', async (_, layer) => {
    const tensors = tf.memory().numTensors;
    await useBackend('cpu');
    ensureTrainingKernels();
    // cpu itself is held to what tfjs composes there, except for the masks of dropouts, which tfjs draws unseeded.
    const expected = await (backendName === 'cpu' && layer.kind !== 'Dropout'
      ? composedGradients(layer)
      : trainingGradients(layer));
    await useBackend(backendName);
    ensureTrainingKernels();
    const { error, name } = farthest(await trainingGradients(layer), expected);
    expect(error, name).toBeLessThan(1e-3);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
