import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { createRandom, stageDefaults, type Stage } from 'spine-xray-ml';
import { modelWeights } from 'spine-xray-ml/weights';
import { readGraph } from '../../../src/network/graph.js';
import { StageState } from '../../../src/training/loop/stageState.js';
import { trainBatch } from '../../../src/training/loop/trainBatch.js';
import { targetCrossEntropy } from '../../../src/training/objective/loss.js';
import { lossTargets } from '../../../src/training/objective/targets.js';
import { clipGradients } from '../../../src/training/optimizer/clip.js';
import { planStage } from '../../../src/training/stage/plan.js';
import { backendName, useTestBackend } from '../../support/backend.js';
import { golden } from '../golden.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
});

const { x, labels, start, learningRate, cases } = golden.network;

function network(): tfl.LayersModel {
  const input = tfl.input({ shape: [4] });
  const hidden = tfl.layers.dense({ units: 5, activation: 'tanh', name: 'hidden' }).apply(input);
  const output = tfl.layers
    .dense({ units: 3, activation: 'softmax', name: 'output' })
    .apply(hidden) as tfl.SymbolicTensor;
  const model = tfl.model({ inputs: input, outputs: output });
  tf.tidy(() => model.setWeights(start.map((weight) => tf.tensor(weight))));
  return model;
}

const values = (model: tfl.LayersModel) => modelWeights(model).flatMap(({ read }) => Array.from(read().dataSync()));

/** The largest difference of two lists. */
function difference(actual: readonly number[], expected: readonly number[]): number {
  expect(actual.length).toBe(expected.length);
  return Math.max(...actual.map((value, index) => Math.abs(value - expected[index]!)));
}

describe(`updates on ${backendName} come to what Keras's do`, () => {
  it.each(cases.map((each) => [each.name, each] as const))('%s', async (_, each) => {
    const { classWeights = [1, 1, 1], ...options } = each.stage;
    const stage: Stage = { name: 'golden', unfreeze: 'all', epochs: 1, learningRate, ...options };
    const model = network();
    const graph = readGraph(model);
    const plan = planStage(graph, model, stage);
    const state = new StageState(graph, plan, stage, 1);
    const { labelSmoothing = stageDefaults.labelSmoothing } = stage;
    const batch = { graph, plan, weights: Float32Array.from(classWeights), labelSmoothing, random: createRandom(1) };
    const losses: number[] = [];
    for (let update = 0; update < each.losses.length; update++) {
      const given = { values: new Map([[graph.input, tf.tensor2d(x)]]), labels: Int32Array.from(labels) };
      losses.push((await trainBatch(given, batch, (gradients) => state.update(gradients, learningRate))).loss);
    }
    expect(difference(losses, each.losses)).toBeLessThan(2e-6);
    expect(difference(values(model), each.weights.flat(2))).toBeLessThan(5e-6);
    const averaged = await state.withCountingWeights(async () => values(model));
    expect(difference(averaged, (each.average ?? each.weights).flat(2))).toBeLessThan(5e-6);
    expect(difference(values(model), each.weights.flat(2))).toBeLessThan(5e-6);
    state.dispose();
  });

  it('differs where the options do', () => {
    const seen = new Set(cases.filter(({ average }) => !average).map(({ weights }) => JSON.stringify(weights)));
    // A norm that is never reached is no limit: SGD stands there twice.
    expect(seen.size).toBe(cases.length - 2);
  });
});

describe(`targets and limits on ${backendName} are Keras's`, () => {
  it.each(golden.labelSmoothing.cases)('label smoothing $smoothing', ({ smoothing, losses }) => {
    const { logits, labels: truth } = golden.labelSmoothing;
    const targets = lossTargets({ labels: Int32Array.from(truth) }, new Float32Array(3).fill(1), smoothing);
    const actual = tf.tidy(() =>
      targetCrossEntropy(tf.tensor2d(logits), tf.tensor2d(targets, [truth.length, 3])).dataSync(),
    );
    expect(difference(Array.from(actual), losses)).toBeLessThan(1e-5);
  });

  it.each(golden.clip.norms)('a norm of at most $limit', ({ limit, clipped }) => {
    const actual = tf.tidy(() =>
      clipGradients(
        golden.clip.gradients.map((gradient) => tf.tensor(gradient)),
        { clipNorm: limit },
      ).flatMap((each) => Array.from(each.dataSync())),
    );
    expect(difference(actual, clipped.flat(2))).toBeLessThan(1e-6);
  });
});
