import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { buildXception, isSpineError, loadWeights } from 'spine-xray-ml';
import { modelWeights, readTfjsLayers } from 'spine-xray-ml/weights';
import { folderHandler } from 'spine-xray-ml/node';
import { useTestBackend } from '../../../support/backend.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
});

const build = (seed: number) => buildXception({ classes: 2, seed, width: 0.125, endBlock: 3, inputShape: [32, 32, 3] });
const valuesOf = (model: tfl.LayersModel) =>
  modelWeights(model).map(({ name, read }) => [name, Array.from(read().dataSync())]);
const bytesOf = (values: ArrayBufferView) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
const spec = (name: string, shape: number[], more: object = {}) => ({ name, shape, dtype: 'float32', ...more });
const files = (weights: unknown[], ...weightData: (Uint8Array | ArrayBuffer)[]) => ({
  modelJson: { modelTopology: {}, weightsManifest: [{ paths: ['a.bin'], weights }] },
  weightData,
});

describe('readTfjsLayers', () => {
  it('reads what a model was saved as, and leaks nothing', async () => {
    const source = build(1);
    const folder = await mkdtemp(join(tmpdir(), 'spine-tfjs-'));
    try {
      await source.save(folderHandler(folder));
      const target = build(2);
      const before = tf.memory().numTensors;
      const weights = await readTfjsLayers(folderHandler(folder));
      expect(tf.memory().numTensors).toBe(before);
      expect([...weights.keys()]).toEqual(modelWeights(source).map(({ name }) => name));
      loadWeights(target, weights);
      expect(valuesOf(target)).toEqual(valuesOf(source));

      await writeFile(join(folder, 'model.json'), '{"modelTopology": {');
      const failure = await readTfjsLayers(folderHandler(folder)).catch((error: unknown) => error);
      expect(isSpineError(failure, 'weights-format')).toBe(true);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('reads quantized weights, integers and several shards', async () => {
    const weights = [
      spec('a/kernel', [3], { quantization: { dtype: 'uint8', scale: 0.5, min: -1 } }),
      spec('a/bias', [2], { quantization: { dtype: 'uint16', scale: 2, min: 1 } }),
      spec('b/kernel', [2], { quantization: { dtype: 'float16', original_dtype: 'float32' } }),
      { name: 'b/steps', shape: [], dtype: 'int32' },
    ];
    const data = new Uint8Array([
      ...[0, 2, 4],
      ...bytesOf(new Uint16Array([0, 300])),
      ...bytesOf(new Uint16Array([0x3c00, 0xc000])),
      ...bytesOf(new Int32Array([-7])),
    ]);
    for (const cut of [0, 4, data.length]) {
      const read = await readTfjsLayers(files(weights, data.slice(0, cut), data.slice(cut).buffer));
      expect([...read].map(([name, { data: values }]) => [name, Array.from(values)])).toEqual([
        ['a/kernel', [-1, 0, 1]],
        ['a/bias', [1, 601]],
        ['b/kernel', [1, -2]],
        ['b/steps', [-7]],
      ]);
      expect(read.get('b/steps')?.data).toBeInstanceOf(Float64Array);
    }
  });

  it('names weights as Keras does, and keeps nested models apart only where it must', async () => {
    const one = bytesOf(new Float32Array([1]));
    const names = async (...given: string[]) => [
      ...(
        await readTfjsLayers(
          files(
            given.map((name) => spec(name, [1])),
            ...given.map(() => one),
          ),
        )
      ).keys(),
    ];
    expect(await names('dw/depthwise_kernel', 'sep/depthwise_kernel', 'sep/pointwise_kernel')).toEqual([
      'dw/kernel',
      'sep/depthwise_kernel',
      'sep/pointwise_kernel',
    ]);
    expect(await names('net/stem/kernel', 'head/kernel')).toEqual(['stem/kernel', 'head/kernel']);
    expect(await names('left/stem/kernel', 'right/stem/kernel', 'right/other/kernel')).toEqual([
      'left/stem/kernel',
      'right/stem/kernel',
      'right/other/kernel',
    ]);
  });

  const data = new Uint8Array(8);
  it.each([
    ['no manifest', { modelJson: { modelTopology: {} }, weightData: [data] }],
    ['null', { modelJson: null, weightData: [data] }],
    ['no weights', files([], data)],
    ['a shard too short', files([spec('a/kernel', [3])], data)],
    ['a shard too long', files([spec('a/kernel', [1])], data)],
    ['an absurd shape', files([spec('a/kernel', [2 ** 40, 2 ** 40])], data)],
    ['a negative shape', files([spec('a/kernel', [-2])], data)],
    ['an unknown type', files([{ name: 'a/kernel', shape: [1], dtype: 'complex64' }], data)],
    ['a type named like an object method', files([{ name: 'a/kernel', shape: [1], dtype: 'toString' }], data)],
    ['an unknown quantization', files([spec('a/kernel', [8], { quantization: { dtype: 'uint4' } })], data)],
    ['a weight of no layer', files([spec('kernel', [2])], data)],
    ['two weights of one name', files([spec('a/kernel', [1]), spec('a/kernel', [1])], data)],
    ['null for a weight', files([null], data)],
  ])('refuses %s', async (_, source) => {
    const failure = await readTfjsLayers(source).catch((error: unknown) => error);
    expect(isSpineError(failure, 'weights-format')).toBe(true);
  });

  it('passes on what the handler throws, and refuses one that only saves', async () => {
    await expect(readTfjsLayers({ load: () => Promise.reject(new Error('offline')) })).rejects.toThrow('offline');
    await expect(readTfjsLayers({ save: () => Promise.reject(new Error('never')) })).rejects.toThrow(
      /a handler that loads/,
    );
  });
});

it('takes a shard in any view for its bytes', async () => {
  const modelJson = {
    weightsManifest: [{ paths: ['a.bin'], weights: [{ name: 'a/kernel', shape: [2], dtype: 'float32' }] }],
  };
  const shard: unknown = Float32Array.of(9, 1.5, -2).subarray(1);
  const arrays = await readTfjsLayers({ modelJson, weightData: [shard as Uint8Array] });
  expect(Array.from(arrays.get('a/kernel')?.data ?? [])).toEqual([1.5, -2]);
});
