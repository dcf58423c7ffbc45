import { createHash } from 'node:crypto';
import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { SpineError } from '../../errors.js';
import { reasonOf } from '../reason.js';
import { removeMadeFolders, writeFailed, writeFileAtomic } from '../write/index.js';

const shardBytes = 4 * 1024 * 1024;

/**
 * Saves a tfjs model in a folder, and loads it: `model.save(folderHandler(directory))`,
 * `loadLayersModel(folderHandler(directory))`. The folder holds `model.json` and weight shards of 4 MB in tfjs's own
 * layout, which every tfjs loads, over HTTP too.
 *
 * Saving is atomic: shards are named by their content, and `model.json` is replaced last. A reader finds the old model
 * or the new one, whole, whenever the process ends. Shards that only the old one needed are then removed; other files
 * of the folder stay.
 *
 * @throws SpineError (both promises reject with it) `write-failed`; `file-missing` if the folder, `model.json` or a
 * shard is not there; `weights-format` if one is damaged.
 */
export function folderHandler(directory: string): tf.io.IOHandler {
  return {
    save: (artifacts) => saveModel(resolve(directory), artifacts),
    load: () => loadModel(resolve(directory)),
  };
}

async function saveModel(directory: string, artifacts: tf.io.ModelArtifacts): Promise<tf.io.SaveResult> {
  const { weightData, weightSpecs = [], getWeightStream: _stream, ...described } = artifacts;
  if (described.modelTopology === undefined || described.modelTopology instanceof ArrayBuffer) {
    throw new SpineError('invalid-argument', 'folderHandler saves models with a JSON topology: save a tf.LayersModel.');
  }
  const old = new Set(await savedShards(directory));
  const shards = shardsOf(new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)));
  const names = new Set(shards.map(({ name }) => name));
  const removeAll = (from: Set<string>, except: Set<string>) =>
    Promise.all(
      [...from].filter((name) => !except.has(name)).map((name) => rm(join(directory, name), { force: true })),
    );

  let made: string | undefined;
  try {
    made = await mkdir(directory, { recursive: true });
    for (const { name, bytes } of shards) await writeFileAtomic(join(directory, name), bytes);
    const json: tf.io.ModelJSON = {
      ...described,
      modelTopology: described.modelTopology,
      weightsManifest: [{ paths: [...names], weights: weightSpecs }],
    };
    await writeFileAtomic(join(directory, 'model.json'), JSON.stringify(json));
  } catch (cause) {
    await removeAll(names, old).catch(() => undefined);
    await removeMadeFolders(directory, made);
    throw cause instanceof SpineError ? cause : writeFailed(directory, cause);
  }
  // The new model is in place; a shard that cannot be removed only takes room.
  await removeAll(old, names).catch(() => undefined);
  return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
}

function shardsOf(weights: Uint8Array): { readonly name: string; readonly bytes: Uint8Array }[] {
  const count = Math.ceil(weights.length / shardBytes);
  return Array.from({ length: count }, (_, index) => {
    const bytes = weights.subarray(index * shardBytes, (index + 1) * shardBytes);
    const content = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
    return { name: `group1-shard${index + 1}of${count}-${content}.bin`, bytes };
  });
}

/** Shards of the model that is in the folder already, if one is. Only plain file names: nothing outside is ours. */
async function savedShards(directory: string): Promise<string[]> {
  try {
    return shardPaths(await readModelJson(directory)).filter((path) => /^[^/\\]+\.bin$/.test(path));
  } catch {
    return [];
  }
}

async function loadModel(directory: string): Promise<tf.io.ModelArtifacts> {
  const json = await readModelJson(directory);
  const specs = tf.io.getWeightSpecs(json.weightsManifest);
  const weights = await readShards(directory, shardPaths(json), specs);
  return tf.io.getModelArtifactsForJSON(json, () => Promise.resolve([specs, weights]));
}

async function readModelJson(directory: string): Promise<tf.io.ModelJSON> {
  const file = join(directory, 'model.json');
  const text = new TextDecoder().decode(
    await readPart(file, 'Save a model there first with model.save(folderHandler(directory)).'),
  );
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw damaged(file, `is no JSON: ${reasonOf(cause)}`, cause);
  }
  if (!isModelJson(json)) throw damaged(file, 'is no tfjs model: it lacks modelTopology or a valid weightsManifest');
  return json;
}

function isModelJson(json: unknown): json is tf.io.ModelJSON {
  if (typeof json !== 'object' || json === null || !('modelTopology' in json) || !('weightsManifest' in json))
    return false;
  const { modelTopology, weightsManifest } = json;
  return (
    typeof modelTopology === 'object' &&
    modelTopology !== null &&
    Array.isArray(weightsManifest) &&
    weightsManifest.every(isGroup)
  );
}

function isGroup(group: Partial<Record<keyof tf.io.WeightsManifestConfig[number], unknown>> | null): boolean {
  const { paths, weights } = group ?? {};
  return (
    Array.isArray(paths) &&
    paths.every((path) => typeof path === 'string') &&
    Array.isArray(weights) &&
    weights.every(isWeight)
  );
}

function isWeight(weight: Partial<Record<keyof tf.io.WeightsManifestEntry, unknown>> | null): boolean {
  const { name, shape, dtype, quantization } = weight ?? {};
  return (
    typeof name === 'string' &&
    Array.isArray(shape) &&
    shape.every((size) => Number.isSafeInteger(size) && size >= 0) &&
    isDtype(dtype) &&
    (quantization === undefined ||
      (typeof quantization === 'object' &&
        quantization !== null &&
        'dtype' in quantization &&
        isDtype(quantization.dtype)))
  );
}

/** Bytes of a number of each type that weights are stored in; the length of text is in the data alone. */
const bytesOf = { float32: 4, int32: 4, bool: 1, complex64: 8, uint16: 2, uint8: 1, float16: 2, string: 0 };

const isDtype = (dtype: unknown): dtype is keyof typeof bytesOf =>
  typeof dtype === 'string' && Object.hasOwn(bytesOf, dtype);

const shardPaths = (json: tf.io.ModelJSON): string[] => json.weightsManifest.flatMap((group) => group.paths);

/** All shards as one: read into their places, for joining them afterwards would take their size again. */
async function readShards(
  directory: string,
  paths: readonly string[],
  specs: readonly tf.io.WeightsManifestEntry[],
): Promise<ArrayBuffer> {
  const advice = 'model.json names it as a shard of the weights; copy the whole folder.';
  const shards: { readonly file: string; readonly size: number }[] = [];
  for (const path of paths) {
    const file = resolve(directory, path);
    if (!file.startsWith(join(directory, '/')))
      throw damaged(join(directory, 'model.json'), `names a shard outside its folder: ${path}`);
    shards.push({ file, size: (await reading(file, advice, () => stat(file))).size });
  }
  const total = shards.reduce((sum, { size }) => sum + size, 0);
  checkLength(directory, specs, total);

  const all = new Uint8Array(total);
  let start = 0;
  for (const { file, size } of shards) {
    await reading(file, advice, () => readInto(file, all.subarray(start, start + size)));
    start += size;
  }
  return all.buffer;
}

async function readInto(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file);
  try {
    for (let done = 0; done < bytes.length;) {
      const { bytesRead } = await handle.read(bytes, done, bytes.length - done, done);
      if (bytesRead === 0) throw new Error('it became shorter meanwhile');
      done += bytesRead;
    }
  } finally {
    await handle.close();
  }
}

const readPart = (file: string, advice: string): Promise<Uint8Array> => reading(file, advice, () => readFile(file));

async function reading<T>(file: string, advice: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new SpineError('file-missing', `There is no file ${file}. ${advice}`, { cause, details: { file } });
    }
    throw damaged(file, `cannot be read: ${reasonOf(cause)}`, cause);
  }
}

/** Shards that are too short or too long for the weights in model.json: truncated, or of another model. */
function checkLength(directory: string, specs: readonly tf.io.WeightsManifestEntry[], found: number): void {
  if (specs.some(({ dtype }) => dtype === 'string')) return;
  const expected = specs.reduce(
    (total, { shape, dtype, quantization }) =>
      total + shape.reduce((count, size) => count * size, bytesOf[quantization?.dtype ?? dtype]),
    0,
  );
  if (found === expected) return;
  throw new SpineError(
    'weights-format',
    `The weights in ${directory} are ${found} bytes where model.json describes ${expected}: a shard is truncated or of another model.`,
    {
      details: { directory, found, expected },
    },
  );
}

const damaged = (file: string, what: string, cause?: unknown) =>
  new SpineError('weights-format', `${file} ${what}.`, { cause, details: { file } });
