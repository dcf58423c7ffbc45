import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { layers, sequential, type Sequential } from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blurMasker, constantMasker, ndarrayOf, PartitionExplainer, type PredictFn } from 'spine-xray-ml';
import { useTestBackend } from '../support/backend.js';
import { additivityErrors, countOf, goldenImage, goldenWeights, largestDifference, predictEach } from './support.js';

interface GoldenNetwork {
  readonly evaluations: number;
  readonly outputs: readonly number[];
  readonly baseValues: readonly number[];
  readonly values: readonly number[];
}

const golden = JSON.parse(
  readFileSync(new URL('../golden/shap_network.json', import.meta.url), 'utf8'),
) as GoldenNetwork;
const classes = ['normal', 'scoliosis', 'spondylolisthesis'];
const shape = [24, 24, 3] as const;

useTestBackend();

/** The network of test/golden/shap_partition.py. */
function goldenNetwork(): Sequential {
  const network = sequential({
    layers: [
      layers.conv2d({
        inputShape: [...shape],
        filters: 6,
        kernelSize: 3,
        strides: 2,
        padding: 'same',
        activation: 'relu',
      }),
      layers.depthwiseConv2d({ kernelSize: 3, padding: 'same', activation: 'relu' }),
      layers.conv2d({ filters: 8, kernelSize: 3, strides: 2, activation: 'relu' }),
      layers.globalAveragePooling2d({ dataFormat: 'channelsLast' }),
      layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });
  tf.tidy(() =>
    network.setWeights(
      network.weights.map(({ shape: weightShape }, index) => {
        const sides = weightShape as number[];
        return tf.tensor(
          Float32Array.from(goldenWeights(countOf(sides), index), (weight) => weight * 0.35),
          sides,
        );
      }),
    ),
  );
  return network;
}

describe('a network', () => {
  let network: Sequential;
  beforeAll(() => {
    network = goldenNetwork();
  });
  afterAll(() => {
    network.dispose();
  });

  it('is explained as shap explains the same network in Keras, and no tensor is left', async () => {
    const before = tf.memory().numTensors;
    const explainer = new PartitionExplainer(network, { masker: blurMasker({ size: 12 }), classes });
    const explanation = await explainer.explain(goldenImage(shape), {
      maxEvaluations: 120,
      outputs: ['spondylolisthesis', 'normal', 'scoliosis'],
    });

    expect(tf.memory().numTensors).toBe(before);
    const [normal, scoliosis, spondylolisthesis] = golden.outputs as [number, number, number];
    expect(largestDifference(explanation.outputValues, [spondylolisthesis, normal, scoliosis])).toBeLessThan(1e-5);
    expect(largestDifference(explanation.baseValues, golden.baseValues)).toBeLessThan(1e-5);
    const scale = Math.max(...golden.values.map(Math.abs));
    expect(largestDifference(explanation.values.data, golden.values) / scale).toBeLessThan(1e-4);
    expect(explanation.evaluations).toBe(golden.evaluations);
    expect(Math.max(...additivityErrors(explanation))).toBeLessThan(1e-9);
    expect(explanation.outputNames).toEqual(['spondylolisthesis', 'normal', 'scoliosis']);
    expect(explanation.outputIndices).toEqual([2, 0, 1]);
  });

  it('the top outputs come first', async () => {
    const explainer = new PartitionExplainer(network, { masker: constantMasker([0.4, 0.5, 0.6]), classes });
    const { outputNames, outputValues } = await explainer.explain(goldenImage(shape), {
      maxEvaluations: 10,
      outputs: { top: 2 },
    });
    expect(outputNames).toEqual(['spondylolisthesis', 'normal']);
    expect(outputValues[0]).toBeGreaterThan(outputValues[1]!);
  });
});

describe('masked images', () => {
  it('reach the function with kept pixels bit by bit, those of bytes in their own range', async () => {
    const bytes = ndarrayOf(
      Uint8Array.from({ length: 48 }, (_, p) => (p * 37) % 256),
      [4, 4, 3],
    );
    const reals = ndarrayOf(
      Float32Array.from(bytes.data, (value) => value / 255 + 1e-7),
      [4, 4, 3],
    );
    for (const image of [bytes, reals]) {
      const strangers: number[] = [];
      const kept = new Set<number>();
      const predict: PredictFn = predictEach((x) => {
        x.forEach((value, p) => {
          if (value === image.data[p]) kept.add(p);
          else if (value !== -1) strangers.push(value);
        });
        return [x.reduce((total, value) => total + value, 0)];
      });
      await new PartitionExplainer(predict, { masker: constantMasker(-1) }).explain(image, { maxEvaluations: 300 });
      expect(strangers).toEqual([]);
      expect(kept.size).toBe(48);
    }
  });
});

describe('no tensor is left', () => {
  const image = goldenImage([8, 8, 3]);
  const masker = constantMasker(0.5);
  const meanOf: PredictFn = (images) =>
    tf.tidy(() => tf.mean<tf.Tensor2D>(tf.reshape(images, [images.shape[0], -1]), 1, true));

  it('when a run is aborted between batches', async () => {
    const before = tf.memory().numTensors;
    const controller = new AbortController();
    const reason = new Error('enough');
    const seen: number[] = [];
    const run = new PartitionExplainer(meanOf, { masker }).explain(image, {
      signal: controller.signal,
      onProgress: ({ done }) => {
        seen.push(done);
        if (seen.length === 3) controller.abort(reason);
      },
    });
    await expect(run).rejects.toBe(reason);
    expect(seen).toHaveLength(3);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('when the function throws, at once or later', async () => {
    const before = tf.memory().numTensors;
    let calls = 0;
    const later = new PartitionExplainer(
      async (images) => {
        if (++calls > 2) throw new Error('device lost');
        return meanOf(images);
      },
      { masker },
    );
    await expect(later.explain(image)).rejects.toThrow('device lost');
    const atOnce = new PartitionExplainer(
      () => {
        throw new Error('no device');
      },
      { masker },
    );
    await expect(atOnce.explain(image)).rejects.toThrow('no device');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('when outputs are not finite, of the wrong shape, or no tensor', async () => {
    const before = tf.memory().numTensors;
    const invalid = [
      () => tf.tensor2d([[NaN], [0]]),
      () => tf.tensor2d([[Infinity], [0]]),
      () => tf.tensor2d([[1], [2], [3]]),
      () => tf.zeros([2, 0]),
      () => tf.tensor1d([1, 2]),
      () => [[1], [2]],
      async () => undefined,
    ] as unknown as PredictFn[];
    for (const predict of invalid) {
      const run = new PartitionExplainer(predict, { masker }).explain(image);
      await expect(run).rejects.toMatchObject({ code: 'prediction-invalid' });
    }
    expect(tf.memory().numTensors).toBe(before);
  });
});
