import { mkdir, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  batches,
  buildXception,
  chooseBackend,
  createRandom,
  fineTune,
  imageFromPixels,
  isSpineError,
  loadWeights,
  memoryStore,
  ndarrayOf,
  PartitionExplainer,
  constantMasker,
  predictDataset,
  preprocess,
  readSafetensors,
  selectClasses,
  splitDataset,
  useBackend,
  type ByteStore,
  type Dataset,
  type NamedArrays,
  type SpineErrorCode,
  type Stage,
} from 'spine-xray-ml';
import { requireLiveBackend } from 'spine-xray-ml/backend';
import { exportFolders, imageFolder, imageManifest, readImage, useWasmThreads } from 'spine-xray-ml/node';
import { exportWeights, fetchWeightFile, writeSafetensors } from 'spine-xray-ml/weights';
import { optionalPackage } from '../../src/optional.js';
import { registerFake, removeFake } from '../backend/fakeBackends.js';
import { useTemporaryFolder } from '../node/temporary.js';
import { useTestBackend } from '../support/backend.js';
import { root } from './snippets.js';

useTestBackend();
const inFolder = useTemporaryFolder();

const zeros = (height: number, width: number) => ndarrayOf(new Float32Array(height * width * 3), [height, width, 3]);
const sample = (id: string, label?: string): Dataset[number] => ({
  id,
  ...(label !== undefined && { label }),
  load: async () => zeros(8, 8),
});
const several = (label: string, count: number) =>
  Array.from({ length: count }, (_, index) => sample(`${label}-${index}`, label));
const twoClasses = [...several('left', 2), ...several('right', 2)];

/** Weights of its own for each call, and nothing else that takes time. */
const tiny = () =>
  tfl.sequential({
    layers: [
      tfl.layers.flatten({ name: 'pixels', inputShape: [8, 8, 3] }),
      tfl.layers.dense({ name: 'predictions', units: 2, activation: 'softmax', kernelInitializer: 'zeros' }),
    ],
  });
const stage: Stage = { name: 'fine tuning', unfreeze: 'all', epochs: 1, learningRate: 1e-3 };
const parts = { train: twoClasses, validation: twoClasses };
const xception = (width: number, head: false | undefined = undefined) =>
  buildXception({ classes: 2, seed: 1, width, endBlock: 1, inputShape: [32, 32, 3], ...(head === false && { head }) });

/** A store that says to be out/run-1. */
const runStore = (): ByteStore => ({ ...memoryStore(), place: 'out/run-1' });

async function allBatches(dataset: Dataset, imageShape: readonly [number, number, number]): Promise<void> {
  for await (const _ of batches(dataset, { imageShape }));
}

/** What ends in each error, as the page has it: a real call, with the names of the example. */
const calls: Readonly<Record<SpineErrorCode, () => unknown>> = {
  'invalid-argument': () => createRandom(undefined as never),
  'image-unreadable': () => readImage(inFolder('films/normal/001.png')),
  'image-shape': () => allBatches([sample('a')], [16, 16, 3]),
  'image-values': () => preprocess(imageFromPixels(Float32Array.of(NaN, 0), { height: 1, width: 2 })),
  'dataset-empty': () => imageFolder(inFolder('empty/films')),
  'class-too-small': () => splitDataset([...several('normal', 9), ...several('scoliosis', 1)], { seed: 1 }),
  'unknown-label': () => selectClasses(several('normal', 1), ['scolosis']),
  'label-missing': () => splitDataset([sample('a'), sample('b')], { seed: 1 }),
  'duplicate-id': () => splitDataset([sample('a', 'normal'), sample('a', 'normal')], { seed: 1 }),
  'manifest-invalid': () => imageManifest(inFolder('columns/films.csv')),
  'file-missing': () => imageManifest(inFolder('missing/films.csv')),
  'write-failed': () => exportFolders({ train: [sample('a', 'normal')] }, inFolder('out/parts')),
  'weights-format': () => readSafetensors(truncated()),
  'weights-mismatch': async () => loadWeights(xception(0.25), await exportWeights(xception(1))),
  'model-invalid': () => predictDataset(xception(0.25, false), twoClasses),
  'backend-not-registered': () => useBackend('wasm'),
  'training-diverged': () =>
    fineTune(tiny(), bright, { seed: 1, stages: [{ ...stage, epochs: 2, learningRate: 1e38 }] }),
  'prediction-invalid': () =>
    new PartitionExplainer(() => tf.fill([2, 2], NaN), { masker: constantMasker(0) }).explain(zeros(2, 2)),
  'dependency-missing': () =>
    optionalPackage('sharp', 'Reading images in Node', () => Promise.reject(new Error('no such package'))),
  'download-failed': () =>
    fetchWeightFile(
      { url: 'https://example.org/model.h5' },
      { fetch: async () => new Response(null, { status: 404, statusText: 'Not Found' }), cache: false },
    ),
  'weights-checksum': () =>
    fetchWeightFile(
      { url: 'https://example.org/model.h5', checksum: { algorithm: 'md5', value: 'b004'.padEnd(32, '0') } },
      { fetch: async () => new Response(new Uint8Array(8)), cache: false, retries: 0 },
    ),
  'checkpoint-format': async () => {
    const checkpoint = runStore();
    const train = () => fineTune(tiny(), parts, { seed: 1, stages: [stage], checkpoint });
    await train();
    const bytes = (await checkpoint.read('checkpoint.safetensors'))!;
    bytes[bytes.length - 1] = bytes.at(-1)! ^ 1;
    await checkpoint.write('checkpoint.safetensors', bytes);
    return train();
  },
  'checkpoint-mismatch': async () => {
    const checkpoint = runStore();
    await fineTune(tiny(), parts, { seed: 1, stages: [stage], checkpoint });
    return fineTune(tiny(), parts, { seed: 2, stages: [stage], checkpoint });
  },
  'threads-unavailable': async () => {
    registerFake('wasm');
    try {
      await useBackend('wasm');
      await useWasmThreads({ BackendWasm: class extends tf.KernelBackend {} }, { threads: 2 });
    } finally {
      await useBackend('cpu');
      removeFake('wasm');
    }
  },
  'weights-values': async () => {
    const model = xception(0.25);
    const weights = new Map(await exportWeights(model));
    const kernel = weights.get('block1_conv1/kernel')!;
    weights.set('block1_conv1/kernel', ndarrayOf(new Float32Array(kernel.size).fill(NaN, 0, 1), kernel.shape));
    return loadWeights(model, weights as NamedArrays);
  },
  'backend-lost': async () => {
    registerFake('webgl');
    try {
      await useBackend('webgl');
      const gl = { canvas: new EventTarget(), isContextLost: () => true };
      Object.assign(tf.backend(), { gpgpu: { gl, itemsToPoll: [] } });
      requireLiveBackend();
    } finally {
      await tf.setBackend('cpu');
      removeFake('webgl');
    }
  },
  'backend-unfit': async () => {
    const relu = tf.getKernel('Relu', 'cpu');
    tf.unregisterKernel('Relu', 'cpu');
    registerFake('wasm');
    try {
      await chooseBackend();
    } finally {
      removeFake('wasm');
      tf.registerKernel(relu);
    }
  },
};

/** Films that a step can tell apart, which all black ones are not. */
const white = async () => ndarrayOf(new Float32Array(8 * 8 * 3).fill(1), [8, 8, 3]);
const bright = { ...parts, train: [...several('left', 2).map((each) => ({ ...each, load: white })), ...several('right', 2)] };

/** A file of one array, whose data end before they should. */
function truncated(): Uint8Array {
  const whole = writeSafetensors(new Map([['a/kernel', ndarrayOf(new Float32Array(100), [100])]]));
  return whole.slice(0, whole.length - 280);
}

/** The example message of each code. */
function examples(): ReadonlyMap<string, string> {
  const page = readFileSync(path.join(root, 'docs/errors.md'), 'utf8');
  // The first table; the second says which details a code has.
  const [, table] = page.split('| code | what went wrong |');
  const [rows] = table!.split('\n\n');
  const cells = [...rows!.matchAll(/^\| `([a-z-]+)` \| (.*) \|$/gm)].map((match) => [match[1]!, match[2]!] as const);
  return new Map(cells.map(([code, others]) => [code, others.split(' | ')[1]!]));
}

/** A message is as an example: `…` stands for whatever there is. */
function isLike(message: string, example: string): boolean {
  const parts = example.split('…').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 's').test(message);
}

describe('the examples of docs/errors.md', () => {
  beforeAll(async () => {
    for (const folder of ['films/normal', 'empty/films/normal', 'columns', 'missing', 'out/parts'])
      await mkdir(inFolder(folder), { recursive: true });
    await writeFile(inFolder('films/normal/001.png'), 'no picture at all');
    await writeFile(inFolder('columns/films.csv'), 'path,label\nnormal/001.png,normal\n');
    await writeFile(inFolder('missing/films.csv'), 'file,label\nfilms/normal/002.png,normal\n');
    await writeFile(inFolder('out/parts/notes.txt'), 'kept');
  });
  afterAll(() => tf.disposeVariables());

  it('are of all codes', () => {
    expect(Object.keys(calls).sort()).toEqual([...examples().keys()].sort());
  });

  it.each(Object.entries(calls))('%s', async (code, call) => {
    let message = 'nothing was thrown';
    try {
      await call();
    } catch (error) {
      if (!isSpineError(error, code as SpineErrorCode)) throw error;
      message = error.message;
    }
    // Where the example's folders stand is of no concern to the reader.
    const folder = new RegExp(`${inFolder().replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}/(?:empty/|columns/|missing/)?`, 'g');
    const told = message.replace(folder, '');
    const example = examples().get(code)!;
    expect(isLike(told, example) ? example : told).toBe(example);
  });
});
