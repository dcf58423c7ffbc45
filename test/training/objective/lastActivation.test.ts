import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { fineTune, ndarrayOf, type Dataset, type Objective, type Stage } from 'spine-xray-ml';
import { useTestBackend } from '../../support/backend.js';

useTestBackend();
afterEach(() => tf.disposeVariables());

const { layers } = tfl;
const films: Dataset = Array.from({ length: 4 }, (_, index) => ({
  id: `film-${index}`,
  load: () => Promise.resolve(ndarrayOf(new Float32Array(48).fill(0.5), [4, 4, 3])),
}));
const data = { train: films, validation: films };
const stage: Stage = { name: 'all', unfreeze: 'all', epochs: 3, learningRate: 0.02, optimizer: { kind: 'sgd' } };

const five: Objective<never> = {
  name: 'five',
  prepare: () => ({
    takes: 'logits',
    targetShape: [1],
    targetOf: () => [5],
    loss: (logits, targets) =>
      tf.squaredDifference(tf.mean(tf.reshape(logits, [logits.shape[0], -1]), 1), tf.squeeze(targets, [1])),
    measures: {},
  }),
};

const below = { kernelInitializer: 'zeros', biasInitializer: tfl.initializers.constant({ value: -1 }) } as const;
const dense = () => [layers.flatten({ inputShape: [4, 4, 3] }), layers.dense({ units: 1, ...below })];
const convolution = () => [layers.conv2d({ inputShape: [4, 4, 3], filters: 1, kernelSize: 4, ...below })];

describe('a model whose logits go into a rectifier', () => {
  it.each<[string, () => tfl.layers.Layer[]]>([
    ['dense, relu', () => [...dense(), layers.activation({ activation: 'relu' })]],
    ['dense, relu6', () => [...dense(), layers.activation({ activation: 'relu6' })]],
    ['convolution, relu', () => [...convolution(), layers.activation({ activation: 'relu' })]],
    [
      'dense, batch norm, relu',
      () => [...dense(), layers.batchNormalization({ epsilon: 1e-7 }), layers.activation({ activation: 'relu' })],
    ],
    [
      'dense with relu of its own',
      () => [layers.flatten({ inputShape: [4, 4, 3] }), layers.dense({ units: 1, ...below, activation: 'relu' })],
    ],
  ])('trains on them, not on what it lets through: %s', async (_, build) => {
    const model = tfl.sequential({ layers: build() });
    const { stages } = await fineTune(model, data, { seed: 1, objective: five, stages: [stage] });
    const { epochs } = stages[0]!;
    // (−1 − 5)²: a rectifier would make 25 of it, and let no gradient through.
    expect(epochs[0]!.loss).toBeCloseTo(36, 3);
    expect(epochs[2]!.loss).toBeLessThan(30);
    expect(epochs[2]!.validationLoss).toBeLessThan(epochs[0]!.validationLoss);
  });
});

describe('a model whose last activation cannot be taken off', () => {
  it('is told what it ends in, and what it may end in', async () => {
    const model = tfl.sequential({
      layers: [layers.dense({ inputShape: [4, 4, 3], units: 1, name: 'cells', activation: 'sigmoid' })],
    });
    const attempt = fineTune(model, data, { seed: 1, objective: five, stages: [stage] });
    await expect(attempt).rejects.toMatchObject({
      code: 'model-invalid',
      message: expect.stringMatching(/ends in "cells", Dense of maps\. Let it end in Activation or Softmax/),
    });
  });
});

describe('a head', () => {
  it('that is an empty list is told to be one', async () => {
    const headless: Objective<never> = {
      ...five,
      prepare: (...given) => ({ ...five.prepare(...given), head: [] }),
    };
    const model = tfl.sequential({ layers: dense() });
    const attempt = fineTune(model, data, { seed: 1, objective: headless, stages: [{ ...stage, unfreeze: 'head' }] });
    await expect(attempt).rejects.toMatchObject({
      code: 'model-invalid',
      message: expect.stringMatching(/head is an empty list/),
    });
    await expect(attempt).rejects.not.toThrow(/feature maps/);
  });
});
