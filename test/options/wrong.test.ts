import { join } from 'node:path';
import { tmpdir } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { ndarrayOf, buildBackbone, buildXception, fetchWeights, loadWeights, type NamedArrays } from 'spine-xray-ml';
import { exportWeights, fetchWeightFile, readTfjsLayers, writeSafetensors } from 'spine-xray-ml/weights';
import * as node from 'spine-xray-ml/node';
import { useTestBackend } from '../support/backend.js';
import { js, refusal } from './refusal.js';

useTestBackend();
afterEach(() => tf.disposeVariables());

const url = 'http://localhost:9/model.h5';
const file = join(tmpdir(), 'never.safetensors');
const small = { classes: 2, seed: 1, width: 0.125, endBlock: 1, inputShape: [32, 32, 3] } as const;
const model = () => buildXception(small);
const arrays: NamedArrays = new Map([['a/kernel', ndarrayOf(Float32Array.of(1), [1])]]);
const promise = Promise.resolve(arrays);

describe('a wrong argument is said to be so', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['exportWeights(null)', () => exportWeights(js(null)), /exportWeights needs a model of tfjs layers, got null/],
    ['exportWeights(promise)', () => exportWeights(js(promise)), /got a promise\. Await it/],
    [
      'writeSafetensors(promise)',
      () => writeSafetensors(js(promise)),
      /writeSafetensors needs weights by name.*a promise\. Await it/,
    ],
    [
      'writeSafetensors(object)',
      () => writeSafetensors(js({ a: 1 })),
      /got \{"a":1\}\. Make it one: new Map\(Object\.entries/,
    ],
    [
      'writeSafetensors(numbers)',
      () => writeSafetensors(js(new Map([['a', [1, 2]]]))),
      /an ndarray for each name.*"a" has \[1,2\]/,
    ],
    ['writeSafetensors(arrays, null)', () => writeSafetensors(arrays, js(null)), /writeSafetensors needs an object/],
    [
      'writeSafetensors: dType',
      () => writeSafetensors(arrays, js({ dType: 'F16' })),
      /no option "dType"\. Do you mean "dtype"/,
    ],
    [
      'writeSafetensors: metadata',
      () => writeSafetensors(arrays, js({ metadata: null })),
      /metadata must be an object of texts, got null/,
    ],
    [
      'writeWeights(file, null)',
      () => node.writeWeights(file, js(null)),
      /writeWeights needs weights by name.*got null/,
    ],
    ['writeWeights(file, path)', () => node.writeWeights(file, js('model.h5')), /got "model\.h5"\. Read the file/],
    ['readTfjsLayers(null)', () => readTfjsLayers(js(null)), /readTfjsLayers needs a handler.*got null/],
    ['readTfjsLayers(path)', () => readTfjsLayers(js('model')), /folderHandler\(directory\)/],
    ['readTfjsLayers(promise)', () => readTfjsLayers(js(promise)), /Await it/],
    [
      'readTfjsLayers: no weightData',
      () => readTfjsLayers(js({ modelJson: { weightsManifest: [] } })),
      /weightData must be the bytes of the shards.*undefined/,
    ],
    [
      'readTfjsLayers: no shards',
      () => readTfjsLayers({ modelJson: { weightsManifest: [] }, weightData: [] }),
      /weightData must be the bytes/,
    ],
    [
      'readTfjsLayers: names of shards',
      () => readTfjsLayers({ modelJson: { weightsManifest: [] }, weightData: js(['a.bin']) }),
      /got \["a\.bin"\]/,
    ],
    [
      'fetchWeights: a folder in the core',
      () => fetchWeights({ url }, { cache: js('weights') }),
      /cache must be false, or a store.*got "weights"\. For a folder, give folderStore\(path\) of spine-xray-ml\/node/,
    ],
    [
      'fetchWeights: a cache that keeps nothing',
      () => fetchWeights({ url }, { cache: js({ read: () => undefined }) }),
      /read, write, remove/,
    ],
    [
      'fetchWeights: checksum null',
      () => fetchWeights({ url, checksum: js(null) }),
      /checksum must be \{ algorithm, value \}, got null\. Leave it out/,
    ],
    [
      'fetchWeights: checkSum',
      () => fetchWeights(js({ url, checkSum: {} })),
      /no option "checkSum"\. Do you mean "checksum"/,
    ],
    ['fetchWeights: options null', () => fetchWeights({ url }, js(null)), /fetchWeights needs an object/],
    ['fetchWeights: fetch', () => fetchWeights({ url }, { fetch: js(5) }), /fetch must be a function, got 5/],
    [
      'fetchWeights: onProgress',
      () => fetchWeights({ url }, { onProgress: js(true) }),
      /onProgress must be a function/,
    ],
    [
      'fetchWeights: signal',
      () => fetchWeights({ url }, { signal: js(new AbortController()) }),
      /signal must be an AbortSignal.*an AbortController/,
    ],
    [
      'fetchWeights: retry',
      () => fetchWeights({ url }, js({ retrys: 1 })),
      /no option "retrys"\. Do you mean "retries"/,
    ],
    ['fetchWeightFile: options null', () => fetchWeightFile({ url }, js(null)), /needs an object/],
    ['node.fetchWeights: options null', () => node.fetchWeights({ url }, js(null)), /needs an object/],
    [
      'node.fetchWeightFile: cache',
      () => node.fetchWeightFile({ url }, { cache: js(5) }),
      /cache must be false, or a store.*got 5/,
    ],
    ['node.fetchWeightFile: options null', () => node.fetchWeightFile({ url }, js(null)), /needs an object/],
    ['loadWeights(null)', () => loadWeights(js(null), arrays), /loadWeights needs a model/],
    ['loadWeights(promise)', () => loadWeights(js(promise), arrays), /a promise\. Await it/],
    [
      'buildBackbone: resnet50',
      () => buildBackbone(js('resnet50'), small),
      /There is no backbone "resnet50"\. Do you mean "resnet101"\?/,
    ],
    ['buildBackbone(null)', () => buildBackbone(js(null), small), /There is no backbone null/],
    ['classes: null', () => buildXception({ ...small, classes: js(null) }), /classes must be .*got null/],
    ['classes: text', () => buildXception({ ...small, classes: js('normal') }), /classes must be .*got "normal"/],
    ['classes: numbers', () => buildXception({ ...small, classes: js([1, 2]) }), /classes must be .*got \[1,2\]/],
    ['head: null', () => buildXception({ ...small, head: js(null) }), /head must be an object.*got null/],
    ['head: true', () => buildXception({ ...small, head: js(true) }), /head must be an object.*got true/],
    ['head: list', () => buildXception({ ...small, head: js([64]) }), /head must be an object.*got \[64\]/],
    [
      'head.dense: number',
      () => buildXception({ ...small, head: { dense: js(64) } }),
      /got 64\. Give a list: dense: \[64\]/,
    ],
    ['head.dense: text', () => buildXception({ ...small, head: { dense: js(['64']) } }), /got \["64"\]/],
    [
      'head.dropout: text',
      () => buildXception({ ...small, head: { dropout: js('0.5') } }),
      /head\.dropout.*got "0\.5"/,
    ],
    [
      'head.pooling: mean',
      () => buildXception({ ...small, head: { pooling: js('mean') } }),
      /head\.pooling must be 'average' or 'max', got "mean"/,
    ],
    [
      'head.drop_out',
      () => buildXception({ ...small, head: js({ drop_out: 0.1 }) }),
      /head has no option "drop_out"\. Do you mean "dropout"/,
    ],
    [
      'endblock',
      () => buildXception(js({ ...small, endblock: 3 })),
      /buildXception has no option "endblock"\. Do you mean "endBlock"/,
    ],
    [
      'weights',
      () => buildBackbone('vgg16', js({ ...small, pretrained: true })),
      /buildBackbone has no option "pretrained"\. It has: classes, seed/,
    ],
    ['width: text', () => buildXception({ ...small, width: js('0.5') }), /width .*got "0\.5"/],
    ['endBlock: text', () => buildXception({ ...small, endBlock: js('3') }), /endBlock .*got "3"/],
    ['inputShape: number', () => buildXception({ ...small, inputShape: js(5) }), /inputShape .*got 5/],
    [
      'variant: torch',
      () => buildXception({ ...small, variant: 'torch' }),
      /variant must be 'keras' for xception, got "torch"\. torchvision has no such network, and that of timm is not built here/,
    ],
    [
      'variant: keras',
      () => buildBackbone('alexnet', { ...small, variant: 'keras' }),
      /Keras Applications has no such network/,
    ],
    [
      'variant: null',
      () => buildXception({ ...small, variant: js(null) }),
      /variant must be 'keras' for xception, got null\.$/,
    ],
  ])('%s', async (_, work, message) => {
    expect(await refusal(work)).toMatch(message);
  });

  it.each<[string, unknown, RegExp]>([
    ['null', null, /got null\.$/],
    ['a promise', promise, /a promise\. Await it/],
    ['bytes', new Uint8Array(2), /a Uint8Array\. These are the bytes of a file: await readWeights\(bytes\) first/],
    ['a path', 'weights.h5', /Read the file/],
    ['a safetensors header', { 'a/kernel': [1] }, /new Map\(Object\.entries/],
  ])('loadWeights(model, %s)', async (_, weights, message) => {
    const target = model();
    expect(await refusal(() => loadWeights(target, js(weights)))).toMatch(message);
  });

  it('loadWeights, its options', async () => {
    const target = model();
    expect(await refusal(() => loadWeights(target, arrays, js(null)))).toMatch(/loadWeights needs an object/);
    expect(await refusal(() => loadWeights(target, arrays, js({ strict: 'no' })))).toMatch(
      /strict must be true or false, got "no"/,
    );
    expect(await refusal(() => loadWeights(target, arrays, js({ stric: false })))).toMatch(
      /no option "stric"\. Do you mean "strict"/,
    );
  });

  it('an option that is undefined is not given, whatever its name', () => {
    expect(buildXception(js({ ...small, endblock: undefined, width: undefined, endBlock: 1 })).name).toBe('xception');
  });
});
