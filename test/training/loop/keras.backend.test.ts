import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { createRandom, type Stage } from 'spine-xray-ml';
import { modelWeights } from 'spine-xray-ml/weights';
import { readGraph } from '../../../src/network/graph.js';
import { StageState } from '../../../src/training/loop/stageState.js';
import { readCounts, takeStep } from '../../../src/training/loop/step.js';
import { crossEntropy, weightedTarget } from '../../../src/training/objective/classification.js';
import { clipGradients } from '../../../src/training/optimizer/clip.js';
import { planStage } from '../../../src/training/plan/plan.js';
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
    const plan = planStage(graph, model, stage, { takes: 'logits' });
    const state = new StageState(plan, stage, 1);
    const rows = labels.map((label) => weightedTarget(label, Float32Array.from(classWeights), stage.labelSmoothing));
    const batch = { size: rows.length, targets: Float32Array.from(rows.flat()), targetShape: [rows.length, 3] };
    const objective = { name: 'golden', loss: crossEntropy, measures: {} };
    const losses: number[] = [];
    for (let update = 0; update < each.losses.length; update++) {
      const values = new Map([[graph.input, tf.tensor2d(x)]]);
      const { gradients, ...counts } = takeStep(plan, objective, { ...batch, values }, createRandom(1));
      state.optimizer.apply(gradients, learningRate);
      losses.push((await readCounts(counts)).loss);
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
    const targets = truth.map((label) => weightedTarget(label, new Float32Array(3).fill(1), smoothing));
    const actual = tf.tidy(() => crossEntropy(tf.tensor2d(logits), tf.tensor2d(targets)).dataSync());
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
