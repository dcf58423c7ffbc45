import { input, layers, model, sequential, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import {
  blurMasker,
  constantMasker,
  imageMasker,
  ndarrayOf,
  PartitionExplainer,
  type ExplainOptions,
  type Image,
  type Masker,
  type PredictFn,
  type Progress,
} from 'spine-xray-ml';
import { useTestBackend } from '../support/backend.js';
import { goldenFunction, goldenImage, predictEach } from './support.js';

useTestBackend();

const masker = constantMasker(0.5);
const image = goldenImage([6, 6, 3]);
const counted = () => {
  const batches: number[] = [];
  return { batches, predict: predictEach(goldenFunction, batches) };
};
const small = () =>
  sequential({
    layers: [layers.flatten({ inputShape: [6, 6, 3] }), layers.dense({ units: 2, activation: 'softmax' })],
  });

describe('bad input is refused before any work', () => {
  it.each<[string, ExplainOptions, string]>([
    ['no evaluations', { maxEvaluations: 0 }, 'invalid-argument'],
    ['a broken number of evaluations', { maxEvaluations: 10.5 }, 'invalid-argument'],
    ['endless evaluations', { maxEvaluations: Infinity }, 'invalid-argument'],
    ['an empty batch', { batchSize: 0 }, 'invalid-argument'],
    ['an unknown context', { fixedContext: 2 as 1 }, 'invalid-argument'],
    ['a context by name', { fixedContext: 'auto' as unknown as null }, 'invalid-argument'],
    ['a class out of range', { outputs: [3] }, 'invalid-argument'],
    ['a class below zero', { outputs: [-1] }, 'invalid-argument'],
    ['half a class', { outputs: [0.5] }, 'invalid-argument'],
    ['no class', { outputs: [] }, 'invalid-argument'],
    ['a class twice', { outputs: [1, 1] }, 'invalid-argument'],
    ['a single class that is no list', { outputs: 1 as unknown as number[] }, 'invalid-argument'],
    ['more top classes than there are', { outputs: { top: 4 } }, 'invalid-argument'],
    ['no top class', { outputs: { top: 0 } }, 'invalid-argument'],
    ['an unknown class', { outputs: ['kyphosis'] }, 'unknown-label'],
  ])('%s', async (_, options, code) => {
    const { predict, batches } = counted();
    const explainer = new PartitionExplainer(predict, { masker, classes: ['a', 'b', 'c'] });
    await expect(explainer.explain(image, options)).rejects.toMatchObject({ code });
    expect(batches).toEqual([]);
  });

  it.each<[unknown, RegExp]>([
    [{ topp: 1 }, /^outputs has no option "topp"\. Do you mean "top"\?$/],
    [{ top: 1, x: 2 }, /^outputs has no option "x"\. It has: top\.$/],
    [{}, /^outputs\.top must be a whole number above 0, got undefined\.$/],
    [{ top: '1' }, /^outputs\.top must be a whole number above 0, got "1"\.$/],
    [{ top: 4 }, /^outputs\.top must be from 1 to 3, got 4\.$/],
    [new Set([1]), /^outputs must be a list of indices or class names, or \{ top: k \}, got a Set\.$/],
    [[null], /^outputs must be among the 3 outputs, counted from 0; got null\.$/],
    [Promise.resolve([1]), /got a promise\. Await it\.$/],
  ])('outputs that are %o', async (outputs, message) => {
    const { predict, batches } = counted();
    const explainer = new PartitionExplainer(predict, { masker, classes: ['a', 'b', 'c'] });
    await expect(explainer.explain(image, { outputs: outputs as number[] })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringMatching(message) as string,
    });
    expect(batches).toEqual([]);
  });

  it.each<[string, Image, Masker, string]>([
    ['an image of two channels', ndarrayOf(new Float32Array(72), [6, 6, 2]), masker, 'image-shape'],
    ['an image with alpha', ndarrayOf(new Float32Array(144), [6, 6, 4]), masker, 'image-shape'],
    ['an image without channels', ndarrayOf(new Float32Array(36), [6, 6]), masker, 'image-shape'],
    ['an empty image', ndarrayOf(new Float32Array(0), [0, 6, 3]), masker, 'image-shape'],
    ['NaN', ndarrayOf(new Float32Array(108).fill(NaN), [6, 6, 3]), masker, 'image-values'],
    ['a background of another shape', image, imageMasker(goldenImage([6, 5, 3])), 'image-shape'],
    ['a value for each of other channels', image, constantMasker([1, 2]), 'invalid-argument'],
  ])('%s', async (_, refused, withMasker, code) => {
    const { predict, batches } = counted();
    const explainer = new PartitionExplainer(predict, { masker: withMasker });
    await expect(explainer.explain(refused)).rejects.toMatchObject({ code });
    expect(batches).toEqual([]);
  });

  it('an image of another shape than the model takes', async () => {
    const explainer = new PartitionExplainer(small(), { masker });
    await expect(explainer.explain(goldenImage([6, 6, 1]))).rejects.toMatchObject({
      code: 'image-shape',
      message: expect.stringContaining('[6, 6, 3]') as string,
    });
    await expect(explainer.explain(image, { outputs: [2] })).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  it('models and functions that are none, and names that do not fit', () => {
    const dense = sequential({ layers: [layers.dense({ inputShape: [4], units: 2 })] });
    const maps = sequential({ layers: [layers.conv2d({ inputShape: [6, 6, 3], filters: 2, kernelSize: 1 })] });
    const [first, second] = [input({ shape: [6, 6, 3] }), input({ shape: [6, 6, 3] })];
    const sum = layers.flatten().apply(layers.add().apply([first, second])) as SymbolicTensor;
    const twoInputs = model({ inputs: [first, second], outputs: sum });
    const modelInvalid = expect.objectContaining({ code: 'model-invalid' });
    for (const unfit of [dense, maps, twoInputs]) {
      expect(() => new PartitionExplainer(unfit, { masker })).toThrow(modelInvalid);
    }

    const refused = expect.objectContaining({ code: 'invalid-argument' });
    expect(() => new PartitionExplainer(null as unknown as PredictFn, { masker })).toThrow(refused);
    expect(() => new PartitionExplainer(small(), {} as { masker: Masker })).toThrow(refused);
    expect(() => new PartitionExplainer(small(), { masker, classes: ['a'] })).toThrow(refused);
    expect(() => new PartitionExplainer(small(), { masker, classes: ['a', 'a'] })).toThrow(refused);
  });

  it('names without classes', async () => {
    const { predict, batches } = counted();
    await expect(new PartitionExplainer(predict, { masker }).explain(image, { outputs: ['a'] })).rejects.toMatchObject({
      code: 'invalid-argument',
    });
    expect(batches).toEqual([]);
  });

  it('a signal that was aborted', async () => {
    const { predict, batches } = counted();
    const reason = new Error('too late');
    const run = new PartitionExplainer(predict, { masker }).explain(image, { signal: AbortSignal.abort(reason) });
    await expect(run).rejects.toBe(reason);
    expect(batches).toEqual([]);
  });
});

it('what only the first outputs tell is refused after them', async () => {
  const { predict, batches } = counted();
  await expect(new PartitionExplainer(predict, { masker }).explain(image, { outputs: [3] })).rejects.toMatchObject({
    code: 'invalid-argument',
  });
  await expect(new PartitionExplainer(predict, { masker, classes: ['a', 'b'] }).explain(image)).rejects.toMatchObject({
    code: 'prediction-invalid',
  });
  expect(batches).toEqual([2, 2]);
});

it('an explanation says how it was made', async () => {
  const { predict } = counted();
  const explainer = new PartitionExplainer(predict, { masker: blurMasker({ size: [3, 4] }) });
  const explanation = await explainer.explain(image, { maxEvaluations: 21, batchSize: 4, fixedContext: 1 });
  expect(explanation).toMatchObject({
    image,
    maxEvaluations: 21,
    evaluations: 22,
    batchSize: 4,
    fixedContext: 1,
    masker: 'blur 3×4',
    outputNames: ['output 0', 'output 1', 'output 2'],
    outputIndices: [0, 1, 2],
  });
});

it('progress counts evaluations, up to the budget or to the last scalar', async () => {
  const { predict } = counted();
  const explainer = new PartitionExplainer(predict, { masker: blurMasker({ size: 3 }) });
  const track = async (options: ExplainOptions) => {
    const seen: Progress[] = [];
    await explainer.explain(goldenImage([3, 3, 1]), { ...options, onProgress: (progress) => seen.push(progress) });
    return seen;
  };
  expect(await track({ maxEvaluations: 13 })).toEqual([2, 4, 12, 14].map((done) => ({ done, total: 14 })));
  const exact = await track({ maxEvaluations: 10_000, fixedContext: 0 });
  expect(exact.at(-1)).toEqual({ done: 18, total: 18 });
});

it('the output for a fixed background is computed once per image shape', async () => {
  const { predict, batches } = counted();
  const explainer = new PartitionExplainer(predict, { masker });
  const total = () => batches.reduce((sum, count) => sum + count, 0);
  const progress: Progress[] = [];
  const first = await explainer.explain(image, { maxEvaluations: 12 });
  const second = await explainer.explain(image, {
    maxEvaluations: 12,
    outputs: [2],
    onProgress: (step) => progress.push(step),
  });
  await explainer.explain(goldenImage([6, 6, 3], 104729), { maxEvaluations: 12 });
  expect(total()).toBe(34);
  expect(second.baseValues[0]).toBe(first.baseValues[2]);
  expect(second.evaluations).toBe(12);
  expect(progress.at(-1)).toEqual({ done: 12, total: 12 });
  await explainer.explain(goldenImage([4, 4, 1]), { maxEvaluations: 12 });
  expect(total()).toBe(46);
});

it('a timer gets through, so an abort does', async () => {
  const controller = new AbortController();
  const reason = new Error('stopped by a timer');
  const slow = predictEach((x) => {
    const end = performance.now() + 5;
    while (performance.now() < end);
    return goldenFunction(x);
  });
  setTimeout(() => controller.abort(reason), 20);
  const run = new PartitionExplainer(slow, { masker }).explain(image, {
    maxEvaluations: 5000,
    signal: controller.signal,
  });
  await expect(run).rejects.toBe(reason);
});
