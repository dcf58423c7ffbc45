import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { batches, extractFeatures, predictDataset, type Progress } from 'spine-xray-ml';
import { modelOutputs, type PassOptions } from '../../src/inference/modelOutputs.js';
import { backendName, useTestBackend } from '../support/backend.js';
import { halves, side, smallXception } from '../training/support.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
});

const films = halves(5, 1);
const pass = { batchSize: 2, imageShape: [side, side, 3] } as const satisfies PassOptions;

async function collect(run: (images: tf.Tensor4D) => tf.Tensor, options: Partial<PassOptions> = {}) {
  const outputs = [];
  for await (const output of modelOutputs(films, run, { ...pass, ...options })) outputs.push(output);
  return outputs;
}

describe(`a model over a data set on ${backendName}`, () => {
  it('gives what the model gives of each batch, to the bit, and leaves no tensor', async () => {
    const model = smallXception();
    const before = tf.memory().numTensors;
    const expected: number[][] = [];
    for await (const { images } of batches(films, { batchSize: 2 })) {
      const output = tf.tidy(() =>
        model.predictOnBatch(tf.tensor4d(images.data, images.shape as [number, number, number, number])),
      ) as tf.Tensor;
      expected.push(Array.from(await output.data()));
      output.dispose();
    }
    const found = await collect((images) => model.predictOnBatch(images) as tf.Tensor);
    expect(found.map(({ values }) => Array.from(values))).toEqual(expected);
    expect(found.map(({ ids }) => ids.length)).toEqual([2, 2, 1]);
    const { probabilities } = await predictDataset(model, films, { batchSize: 2 });
    expect(Array.from(probabilities.data)).toEqual(expected.flat());
    const { features, shape } = await extractFeatures(model, films, {
      batchSize: 2,
      layer: model.layers.at(-1)!.name,
    });
    expect(shape).toEqual([2]);
    expect(Array.from(features.data)).toEqual(expected.flat());
    expect(tf.memory().numTensors).toBe(before);
  });

  it('gives outputs of any shape, one sample after the other', async () => {
    const [first] = await collect((images) => tf.slice(images, [0, 0, 0, 0], [-1, 3, 2, 3]));
    expect(first).toMatchObject({ shape: [3, 2, 3], ids: ['film-1-0', 'film-1-1'] });
    expect(first!.values).toHaveLength(2 * 3 * 2 * 3);
    const image = await films[1]!.load();
    expect(first!.values[3 * 2 * 3 + 3 * 2 * 2]).toBe(image.get(2, 0, 0));
  });

  it('tells of progress once a batch has been dealt with, in films', async () => {
    const seen: (Progress | string)[] = [];
    const onProgress = (progress: Progress) => void seen.push(progress);
    for await (const { ids } of modelOutputs([...films, films[0]!], (images) => tf.mean(images, [1, 2, 3]), {
      ...pass,
      films: 3,
      onProgress,
    }))
      seen.push(ids.join());
    expect(seen).toEqual([
      'film-1-0,film-1-1',
      { done: 1, total: 3 },
      'film-1-2,film-1-3',
      { done: 2, total: 3 },
      'film-1-4,film-1-0',
      { done: 3, total: 3 },
    ]);
  });

  it('ends after the batch in which it was aborted, with the reason, and leaves no tensor', async () => {
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    let runs = 0;
    const aborted = collect(
      (images) => {
        if (++runs === 2) controller.abort(new Error('enough'));
        return tf.mean(images, [1, 2, 3]);
      },
      { signal: controller.signal },
    );
    await expect(aborted).rejects.toThrow('enough');
    expect(runs).toBe(2);
    expect(tf.memory().numTensors).toBe(before);
  });
});
