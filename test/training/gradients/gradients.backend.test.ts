import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { removeTrainingKernels } from 'spine-xray-ml/backend';
import { createRandom, ensureTrainingKernels, type PlanOptions, type Stage } from 'spine-xray-ml';
import { readGraph, type Graph } from '../../../src/network/graph.js';
import { infer, type Values } from '../../../src/network/infer.js';
import { layerWeight } from '../../../src/network/layerWeight.js';
import {
  batchNormOf,
  frozenBatchNormOperation,
  trainedBatchNormOperation,
} from '../../../src/training/gradients/batchNormOperation.js';
import { dropoutOperation } from '../../../src/training/gradients/dropoutOperation.js';
import type { Notes, Operation } from '../../../src/training/gradients/operation.js';
import { takeStep } from '../../../src/training/loop/step.js';
import { planStage as planFor, type Plan } from '../../../src/training/plan/plan.js';
import { backendName, useTestBackend } from '../../support/backend.js';
import { waves } from '../../support/waves.js';
import { batchOf, labelledCrossEntropy, lossOnly } from '../support.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
  removeTrainingKernels();
});

const { layers } = tfl;

function difference(actual: tf.Tensor, expected: tf.Tensor): number {
  return tf.tidy(
    () => tf.div(tf.max(tf.abs(tf.sub(actual, expected))), tf.add(tf.max(tf.abs(expected)), 1e-6)).dataSync()[0]!,
  );
}

/** What goes into the softmax in training. */
function trainingLogits(given: Values, plan: Plan, random = createRandom(1)): tf.Tensor {
  ensureTrainingKernels();
  let logits: tf.Tensor | undefined;
  const objective = lossOnly((seen) => {
    logits = tf.keep(tf.clone(seen));
    return tf.sum(seen, 1);
  });
  const { loss, gradients } = takeStep(plan, objective, batchOf(given), random);
  tf.dispose([loss, ...gradients]);
  return logits as unknown as tf.Tensor;
}

/** Forward and back through one operation: its result, and the gradients of x and of its variables. */
function runOnce(
  operation: Operation,
  x: tf.Tensor,
  dy: tf.Tensor,
  random = createRandom(1),
): { output: tf.Tensor; gradients: readonly tf.Tensor[] } {
  const noted = new Map<string, tf.Tensor>();
  const notes: Notes = { random, get: (name) => noted.get(name), keep: (name, tensor) => noted.set(name, tensor) };
  const output = operation.forward([x], notes);
  const { inputs, variables } = operation.backward({
    dy,
    inputs: [x],
    inputShapes: [x.shape],
    output,
    wanted: [true],
    notes,
  });
  return { output, gradients: [inputs[0]!, ...operation.variables.map((variable) => variables.get(variable)!)] };
}

/** A network with every kind of layer that Xception, EfficientNet and MobileNet have, and some that others have. */
function network(): tfl.LayersModel {
  const image = tfl.input({ shape: [12, 12, 3] });
  const on = (layer: tfl.layers.Layer, x: tfl.SymbolicTensor | tfl.SymbolicTensor[]) =>
    layer.apply(x) as tfl.SymbolicTensor;
  let x = on(layers.rescaling({ scale: 2, offset: -1 }), image);
  x = on(
    layers.conv2d({ name: 'conv', filters: 6, kernelSize: 3, strides: 2, padding: 'same', activation: 'relu' }),
    x,
  );
  x = on(layers.batchNormalization({ name: 'bn1' }), x);
  const residual = on(
    layers.conv2d({ name: 'shortcut', filters: 8, kernelSize: 1, strides: 2, padding: 'same', useBias: false }),
    x,
  );
  let y = on(
    layers.separableConv2d({
      name: 'sep',
      filters: 8,
      kernelSize: 3,
      padding: 'same',
      depthwiseInitializer: 'glorotUniform',
    }),
    x,
  );
  y = on(layers.batchNormalization({ name: 'bn2' }), y);
  y = on(layers.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }), y);
  x = on(layers.add(), [y, residual]);
  x = on(layers.depthwiseConv2d({ name: 'depthwise', kernelSize: 3, padding: 'same', activation: 'elu' }), x);
  x = on(
    layers.zeroPadding2d({
      padding: [
        [0, 1],
        [0, 1],
      ],
    }),
    x,
  );
  x = on(layers.depthwiseConv2d({ name: 'halving', kernelSize: 3, strides: 2, useBias: false }), x);
  x = on(layers.activation({ activation: 'swish' }), x);
  let weights = on(layers.reshape({ targetShape: [1, 1, 8] }), on(layers.globalAveragePooling2d({}), x));
  weights = on(layers.conv2d({ name: 'squeeze', filters: 3, kernelSize: 1, activation: 'swish' }), weights);
  weights = on(layers.conv2d({ name: 'excite', filters: 8, kernelSize: 1, activation: 'sigmoid' }), weights);
  x = on(layers.reLU({ maxValue: 6 }), on(layers.multiply(), [x, weights]));
  x = on(layers.globalAveragePooling2d({}), x);
  x = on(layers.dense({ name: 'dense', units: 5, activation: 'relu' }), x);
  x = on(layers.dropout({ rate: 0 }), x);
  x = on(layers.dense({ name: 'predictions', units: 3, activation: 'softmax' }), x);
  const model = tfl.model({ inputs: image, outputs: x });
  for (const [index, layer] of model.layers.entries()) {
    for (const [position, variable] of layer.weights.entries()) {
      tf.tidy(() => {
        const values = tf.mul(waves(variable.shape as number[], index + position), 0.4);
        variable.write(/variance|gamma/.test(variable.originalName) ? tf.add(tf.abs(values), 0.5) : values);
      });
    }
  }
  return model;
}

const stage = (unfreeze: Stage['unfreeze'], batchNorm: 'frozen' | 'trained' = 'frozen'): Stage => ({
  name: 's',
  unfreeze,
  epochs: 1,
  learningRate: 1,
  batchNorm,
});
const labels = Int32Array.of(0, 2, 1, 1);
const ofLabels = lossOnly((logits) => labelledCrossEntropy(logits, labels));

const planStage = (
  graph: Graph,
  model: tfl.LayersModel,
  options: PlanOptions & { readonly name: string },
  takes: 'output' | 'logits' = 'logits',
) => planFor(graph, model, options, { takes });

describe(`the executor on ${backendName}`, () => {
  it('computes what the model predicts, whole and from its prefix on', () => {
    const model = network();
    const graph = readGraph(model);
    tf.tidy(() => {
      const images = waves([4, 12, 12, 3], 1);
      const expected = model.predict(images) as tf.Tensor;
      const before = tf.memory().numTensors;
      const [whole] = infer(graph.steps, new Map([[graph.input, images]]), [graph.output]) as [tf.Tensor];
      expect(tf.memory().numTensors).toBe(before + 1);
      expect(difference(whole, expected)).toBeLessThan(1e-5);

      for (const unfreeze of ['head', { from: 'sep' }, 'all'] as const) {
        const plan = planStage(graph, model, stage(unfreeze));
        const given = infer(plan.prefix, new Map([[graph.input, images]]), plan.boundary);
        const values = new Map(plan.boundary.map((value, index) => [value, given[index]!]));
        const logits = trainingLogits(values, plan, createRandom(1));
        expect(difference(tf.softmax(logits), expected)).toBeLessThan(1e-5);
      }
    });
  });

  it('has the gradients of the model as tfjs composes them, for every kind of layer', () => {
    ensureTrainingKernels();
    const model = network();
    const graph = readGraph(model);
    const plan = planStage(graph, model, stage('all'));
    expect(plan.variables).toHaveLength(2 + 2 + 1 + 3 + 2 + 2 + 1 + 2 + 2 + 2 + 2);
    tf.tidy(() => {
      const images = waves([4, 12, 12, 3], 1);
      const composed = (): tf.Scalar =>
        tf.mean(labelledCrossEntropy(tf.log(model.apply(images, { training: false }) as tf.Tensor), labels));
      const given = infer(plan.prefix, new Map([[graph.input, images]]), plan.boundary);
      const boundary = new Map(plan.boundary.map((value, index) => [value, given[index]!]));
      const expected = tf.variableGrads(composed, [...plan.variables]);
      const before = tf.memory().numTensors;
      const actual = takeStep(plan, ofLabels, batchOf(boundary), createRandom(1));
      expect(tf.memory().numTensors).toBe(before + 1 + plan.variables.length);
      expect(difference(actual.loss, expected.value)).toBeLessThan(1e-5);
      for (const [index, { name }] of plan.variables.entries()) {
        expect(difference(actual.gradients[index]!, expected.grads[name]!), name).toBeLessThan(1e-3);
      }
    });
  });

  it('goes by how a layer is called in this model, not by how others call it', () => {
    ensureTrainingKernels();
    const image = tfl.input({ shape: [5, 5, 2] });
    const maps = layers.conv2d({ filters: 4, kernelSize: 3 }).apply(image) as tfl.SymbolicTensor;
    const dense = layers.dense({ units: 3, activation: 'softmax' });
    const model = tfl.model({
      inputs: image,
      outputs: dense.apply(layers.globalAveragePooling2d({}).apply(maps) as tfl.SymbolicTensor) as tfl.SymbolicTensor,
    });
    const graph = readGraph(model);
    const step = () =>
      tf.tidy(() => {
        const plan = planStage(graph, model, stage('all'));
        const images = waves([4, 5, 5, 2], 1);
        const { loss, gradients } = takeStep(
          plan,
          ofLabels,
          batchOf(new Map([[graph.input, images]])),
          createRandom(1),
        );
        return [loss, ...gradients].map((tensor) => Array.from(tensor.dataSync()));
      });
    const before = step();
    // A class activation map model shares the head's weights.
    tfl.model({ inputs: image, outputs: dense.apply(maps) as tfl.SymbolicTensor });
    expect(step()).toEqual(before);
    expect(before.every((values) => values.some((value) => value !== 0))).toBe(true);
  });

  it.each([true, false])(
    'differentiates a batch norm by its batch as tfjs composes it (scale and centre %s)',
    (affine) => {
      const layer = layers.batchNormalization({ momentum: 0.9, epsilon: 1e-2, scale: affine, center: affine });
      layer.build([null, 5, 4, 3]);
      const variable = (name: string) => layerWeight(layer, name);
      tf.tidy(() => {
        variable('gamma')?.write(waves([3], 1));
        variable('beta')?.write(waves([3], 2));
      });
      tf.tidy(() => {
        const x = waves([2, 5, 4, 3], 3);
        const dy = waves([2, 5, 4, 3], 4);
        const weights = [variable('gamma')?.read(), variable('beta')?.read()].filter((weight) => weight !== undefined);
        const composed = (
          input: tf.Tensor,
          gamma: tf.Tensor | undefined = undefined,
          beta: tf.Tensor | undefined = undefined,
        ) => {
          const mean = tf.mean(input, [0, 1, 2]);
          const variance = tf.mean(tf.square(tf.sub(input, mean)), [0, 1, 2]);
          const normalized = tf.div(tf.sub(input, mean), tf.sqrt(tf.add(variance, 1e-2)));
          return tf.add(gamma ? tf.mul(normalized, gamma) : normalized, beta ?? 0);
        };
        const expected = tf.grads((...inputs: tf.Tensor[]) => composed(inputs[0]!, inputs[1], inputs[2]))(
          [x, ...weights],
          dy,
        );
        const { output, gradients: actual } = runOnce(
          trainedBatchNormOperation(batchNormOf(layer, true), [0], 1),
          x,
          dy,
        );
        expect(difference(output, composed(x, ...weights))).toBeLessThan(1e-5);
        expected.forEach((gradient, index) => expect(difference(actual[index]!, gradient)).toBeLessThan(1e-4));

        const mean = tf.mean(x, [0, 1, 2]);
        expect(difference(variable('moving_mean')!.read(), tf.mul(mean, 0.1))).toBeLessThan(1e-4);
        const variance = tf.mean(tf.square(tf.sub(x, mean)), [0, 1, 2]);
        expect(difference(variable('moving_variance')!.read(), tf.add(0.9, tf.mul(variance, 0.1)))).toBeLessThan(1e-4);
      });
    },
  );

  it.each([true, false])('differentiates a frozen batch norm as tfjs composes it (weights trained: %s)', (trained) => {
    const layer = layers.batchNormalization({ epsilon: 1e-2 });
    layer.build([null, 5, 4, 3]);
    tf.tidy(() => {
      for (const [index, variable] of layer.weights.entries()) variable.write(tf.add(tf.abs(waves([3], index)), 0.3));
    });
    const [gamma, beta, mean, variance] = layer.weights.map((variable) => variable.read()) as [
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
      tf.Tensor,
    ];
    tf.tidy(() => {
      const x = waves([2, 5, 4, 3], 3);
      const dy = waves([2, 5, 4, 3], 4);
      const composed = (input: tf.Tensor, g: tf.Tensor, b: tf.Tensor) =>
        tf.add(tf.mul(tf.div(tf.sub(input, mean), tf.sqrt(tf.add(variance, 1e-2))), g), b);
      const inputs = trained ? [x, gamma, beta] : [x];
      const expected = tf.grads((...given: tf.Tensor[]) => composed(given[0]!, given[1] ?? gamma, given[2] ?? beta))(
        inputs,
        dy,
      );
      const { output, gradients: grads } = runOnce(
        frozenBatchNormOperation(batchNormOf(layer, trained), [0], 1),
        x,
        dy,
      );
      expect(grads).toHaveLength(inputs.length);
      expect(difference(output, composed(x, gamma, beta))).toBeLessThan(1e-5);
      expected.forEach((gradient, index) => expect(difference(grads[index]!, gradient)).toBeLessThan(1e-4));
    });
  });

  it('draws a new dropout mask each step, from the seed, keeping the expected sum', () => {
    const image = tfl.input({ shape: [40] });
    const dropped = layers
      .dropout({ rate: 0.25 })
      .apply(layers.dense({ units: 40, name: 'd' }).apply(image)) as tfl.SymbolicTensor;
    const model = tfl.model({ inputs: image, outputs: dropped });
    const graph = readGraph(model);
    const plan = planStage(graph, model, stage('all'), 'output');
    tf.tidy(() => {
      model.layers[1]?.weights[0]?.write(tf.eye(40));
      const given = new Map([[graph.input, tf.ones([50, 40])]]);
      const random = createRandom(3);
      const masks = [random, random, createRandom(3)].map((stream) => trainingLogits(given, plan, stream).dataSync());
      expect(masks[0]).not.toEqual(masks[1]);
      expect(masks[2]).toEqual(masks[0]);
      expect([...new Set(masks[0])].sort()).toEqual([0, Math.fround(1 / 0.75)]);
      const mean = (masks[0] as Float32Array).reduce((sum, value) => sum + value, 0) / 2000;
      expect(Math.abs(mean - 1)).toBeLessThan(0.06);
    });
  });

  it.each([
    ['whole samples', [null, 1, 1, 1], (index: number) => Math.floor(index / 60)],
    ['whole channels of a sample', [null, 1, 1, 3], (index: number) => 3 * Math.floor(index / 60) + (index % 3)],
    ['the same pixels in all samples', [1, 5, null, 1], (index: number) => Math.floor((index % 60) / 3)],
  ])('drops %s together, by a noise shape', (_, noiseShape, groupOf) => {
    const layer = layers.dropout({ rate: 0.25, noiseShape: noiseShape as number[] });
    tf.tidy(() => {
      const ones = tf.ones([40, 5, 4, 3]);
      const run = (seed: number) => runOnce(dropoutOperation(layer, [0], 1), ones, ones, createRandom(seed));
      const values = run(3).output.dataSync();
      expect(run(3).gradients[0]?.dataSync()).toEqual(values);
      expect(run(3).output.dataSync()).toEqual(values);
      expect(run(4).output.dataSync()).not.toEqual(values);
      expect([...new Set(values)].sort()).toEqual([0, Math.fround(1 / 0.75)]);

      const factors = new Map<number, number>();
      values.forEach((value, index) => factors.set(groupOf(index), value));
      expect(values.every((value, index) => value === factors.get(groupOf(index)))).toBe(true);
      const share = [...factors.values()].filter((factor) => factor === 0).length / factors.size;
      expect(Math.abs(share - 0.25)).toBeLessThan(4 * Math.sqrt((0.25 * 0.75) / factors.size));
    });
  });

  it('drops nothing among frozen layers, so that what comes before the trained ones can be kept', () => {
    const image = tfl.input({ shape: [6] });
    const frozen = layers
      .dropout({ name: 'early', rate: 0.5 })
      .apply(layers.dense({ name: 'frozen', units: 6 }).apply(image));
    const trained = layers
      .dropout({ name: 'late', rate: 0.5 })
      .apply(layers.dense({ name: 'trained', units: 6 }).apply(frozen)) as tfl.SymbolicTensor;
    const model = tfl.model({ inputs: image, outputs: trained });
    const graph = readGraph(model);
    const names = (unfreeze: Stage['unfreeze']) =>
      planStage(graph, model, stage(unfreeze), 'output').prefix.map(({ layer }) => layer.name);
    expect(names({ from: 'trained' })).toEqual(['frozen', 'early']);
    expect(names('all')).toEqual([]);
  });
});
