import { mkdir, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { describe, expect, it } from 'vitest';
import { folderHandler } from 'spine-xray-ml/node';
import { useTestBackend } from '../../support/backend.js';
import { failure, useTemporaryFolder } from '../support.js';

useTestBackend();
const path = useTemporaryFolder();

/** A small convolutional model; `units` tells models apart. */
function smallModel(units = 3, seed = 1): tfl.LayersModel {
  const kernelInitializer = () => tfl.initializers.glorotUniform({ seed });
  return tfl.sequential({
    layers: [
      tfl.layers.conv2d({ inputShape: [8, 8, 1], filters: 4, kernelSize: 3, kernelInitializer: kernelInitializer() }),
      tfl.layers.batchNormalization(),
      tfl.layers.flatten(),
      tfl.layers.dense({ units, activation: 'softmax', kernelInitializer: kernelInitializer() }),
    ],
  });
}

const predict = (model: tfl.LayersModel) =>
  tf.tidy(() => Array.from((model.predict(tf.reshape(tf.linspace(0, 1, 128), [2, 8, 8, 1])) as tf.Tensor).dataSync()));

describe('folderHandler', () => {
  it('saves a model and loads the same, without a tensor left over', async () => {
    const start = tf.memory().numTensors;
    const model = smallModel();
    model.setUserDefinedMetadata({ classes: ['a', 'b', 'c'], preprocess: { size: [8, 8] } });
    const before = tf.memory().numTensors;
    const { modelArtifactsInfo } = await model.save(folderHandler(path('round/trip')));
    expect(modelArtifactsInfo.weightDataBytes).toBe(4 * model.countParams());
    expect(tf.memory().numTensors).toBe(before);

    const loaded = await tfl.loadLayersModel(folderHandler(path('round/trip')));
    expect(loaded.getUserDefinedMetadata()).toEqual({ classes: ['a', 'b', 'c'], preprocess: { size: [8, 8] } });
    expect(loaded.layers.map(({ name }) => name)).toEqual(model.layers.map(({ name }) => name));
    expect(predict(loaded)).toEqual(predict(model));
    model.dispose();
    loaded.dispose();
    expect(tf.memory().numTensors).toBe(start);
  });

  it('writes what plain tfjs reads over HTTP', async () => {
    const model = smallModel();
    await model.save(folderHandler(path('plain')));
    const served = tf.io.browserHTTPRequest('http://films.example/plain/model.json', {
      fetchFunc: async (url: RequestInfo | URL) => {
        const file = (url instanceof Request ? url.url : url.toString()).replace('http://films.example/', '');
        return new Response(await readFile(path(file)), {
          headers: { 'content-type': file.endsWith('.json') ? 'application/json' : 'application/octet-stream' },
        });
      },
    });
    const loaded = await tfl.loadLayersModel(served);
    expect(predict(loaded)).toEqual(predict(model));
    const json = JSON.parse(await readFile(path('plain/model.json'), 'utf8')) as tf.io.ModelJSON;
    expect(json).toMatchObject({ format: 'layers-model', convertedBy: null });
    expect(json.generatedBy).toContain('tfjs-layers');
    expect(Object.keys(json).sort()).toEqual([
      'convertedBy',
      'format',
      'generatedBy',
      'modelTopology',
      'weightsManifest',
    ]);
    model.dispose();
    loaded.dispose();
  });

  it('keeps the training configuration and the optimizer', async () => {
    const model = smallModel();
    model.compile({ optimizer: 'sgd', loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
    await model.save(folderHandler(path('compiled')), { includeOptimizer: true });
    const json = JSON.parse(await readFile(path('compiled/model.json'), 'utf8')) as tf.io.ModelJSON;
    expect(json.trainingConfig).toMatchObject({ loss: 'categorical_crossentropy' });
    const loaded = await tfl.loadLayersModel(folderHandler(path('compiled')));
    expect(loaded.optimizer.getClassName()).toBe('SGD');
    model.dispose();
    loaded.dispose();
  });

  it('cuts weights into shards of 4 MB', async () => {
    const model = tfl.sequential({
      layers: [tfl.layers.dense({ inputShape: [1500], units: 1500, kernelInitializer: 'zeros' })],
    });
    tf.tidy(() => model.setWeights([tf.reshape(tf.linspace(0, 1, 1500 * 1500), [1500, 1500]), tf.ones([1500])]));
    await model.save(folderHandler(path('large')));
    const shards = (await readdir(path('large'))).filter((name) => name.endsWith('.bin')).sort();
    const sizes = await Promise.all(shards.map(async (name) => (await readFile(path('large', name))).length));
    expect(sizes).toEqual([4 * 1024 * 1024, 4 * 1024 * 1024, 4 * 1500 * 1501 - 8 * 1024 * 1024]);
    const loaded = await tfl.loadLayersModel(folderHandler(path('large')));
    expect(loaded.getWeights()[0]!.dataSync()).toEqual(model.getWeights()[0]!.dataSync());
    model.dispose();
    loaded.dispose();
  });

  it('replaces an older model and keeps other files', async () => {
    const [first, second] = [smallModel(3, 1), smallModel(5, 2)];
    const folder = path('replaced');
    await first.save(folderHandler(folder));
    await writeFile(join(folder, 'notes.txt'), 'mine');
    const oldFiles = await readdir(folder);
    await second.save(folderHandler(folder));
    const files = await readdir(folder);
    expect(files).toHaveLength(3);
    expect(files).toContain('notes.txt');
    expect(files.filter((name) => name.endsWith('.bin'))).not.toEqual(oldFiles.filter((name) => name.endsWith('.bin')));
    const loaded = await tfl.loadLayersModel(folderHandler(folder));
    expect(predict(loaded)).toEqual(predict(second));
    for (const model of [first, second, loaded]) model.dispose();
  });

  it('a save that fails leaves the older model as it was', async () => {
    const [first, second] = [smallModel(3, 1), smallModel(5, 2)];
    const folder = path('kept');
    await first.save(folderHandler(folder));
    const before = await readdir(folder);
    // JSON cannot hold this: the failure comes after the shards are written.
    const saveBroken = (directory: string) =>
      second.save(
        tf.io.withSaveHandler((artifacts) =>
          folderHandler(directory).save!({ ...artifacts, userDefinedMetadata: { count: 1n } }),
        ),
      );
    expect((await failure(saveBroken(folder))).code).toBe('write-failed');
    expect((await failure(saveBroken(path('never', 'made')))).code).toBe('write-failed');
    expect(await readdir(folder)).toEqual(before);
    expect(await readdir(path())).not.toContain('never');
    const loaded = await tfl.loadLayersModel(folderHandler(folder));
    expect(predict(loaded)).toEqual(predict(first));
    for (const model of [first, second, loaded]) model.dispose();
  });
});

describe('bad input', () => {
  const load = (folder: string) => failure(tfl.loadLayersModel(folderHandler(folder)));

  it('no folder, an empty one, a file', async () => {
    expect(await load(path('nowhere'))).toMatchObject({ code: 'file-missing' });
    await mkdir(path('hollow'));
    expect((await load(path('hollow'))).message).toContain(join('hollow', 'model.json'));
    await writeFile(path('file'), 'x');
    expect((await load(path('file'))).code).toBe('file-missing');
    const model = smallModel();
    expect((await failure(model.save(folderHandler(path('file'))))).code).toBe('write-failed');
    model.dispose();
  });

  it('a missing, a truncated and a foreign shard', async () => {
    const model = smallModel();
    const folder = path('damaged');
    await model.save(folderHandler(folder));
    const shard = join(
      folder,
      (await readdir(folder)).find((name) => name.endsWith('.bin'))!,
    );
    await truncate(shard, 100);
    const truncated = await load(folder);
    expect(truncated.code).toBe('weights-format');
    expect(truncated.message).toContain(`are 100 bytes where model.json describes ${4 * model.countParams()}`);
    await rm(shard);
    expect(await load(folder)).toMatchObject({ code: 'file-missing', details: { file: shard } });
    model.dispose();
  });

  it.each([
    ['no JSON', '{"modelTopology": {', 'is no JSON'],
    ['another JSON', '{"name": "x"}', 'no tfjs model'],
    ['a manifest of another form', '{"modelTopology": {}, "weightsManifest": [null]}', 'no tfjs model'],
    [
      'a path that is no text',
      '{"modelTopology": {}, "weightsManifest": [{"paths": [7], "weights": []}]}',
      'no tfjs model',
    ],
    [
      'a weight without a shape',
      '{"modelTopology": {}, "weightsManifest": [{"paths": [], "weights": [{"name": "w", "dtype": "float32"}]}]}',
      'no tfjs model',
    ],
    [
      'a weight of an odd shape',
      '{"modelTopology": {}, "weightsManifest": [{"paths": [], "weights": [{"name": "w", "shape": [2, -1], "dtype": "float32"}]}]}',
      'no tfjs model',
    ],
    [
      'a weight without a type',
      '{"modelTopology": {}, "weightsManifest": [{"paths": [], "weights": [{"name": "w", "shape": [2]}]}]}',
      'no tfjs model',
    ],
    [
      'a weight of an unknown type',
      '{"modelTopology": {}, "weightsManifest": [{"paths": [], "weights": [{"name": "w", "shape": [2], "dtype": "toString"}]}]}',
      'no tfjs model',
    ],
    [
      'a weight without a name',
      '{"modelTopology": {}, "weightsManifest": [{"paths": [], "weights": [{"shape": [2], "dtype": "float32"}]}]}',
      'no tfjs model',
    ],
    [
      'a weight that is nothing',
      '{"modelTopology": {}, "weightsManifest": [{"paths": [], "weights": [null]}]}',
      'no tfjs model',
    ],
    [
      'a weight with odd quantization',
      '{"modelTopology": {}, "weightsManifest": [{"paths": [], "weights": [{"name": "w", "shape": [2], "dtype": "float32", "quantization": 8}]}]}',
      'no tfjs model',
    ],
    [
      'a shard outside the folder',
      '{"modelTopology": {}, "weightsManifest": [{"paths": ["../file"], "weights": []}]}',
      'outside its folder',
    ],
  ])('a model.json that is or has %s', async (_, text, reason) => {
    await mkdir(path('json'), { recursive: true });
    await writeFile(path('json/model.json'), text);
    const error = await load(path('json'));
    expect(error.code).toBe('weights-format');
    expect(error.message).toContain(reason);
  });
});
