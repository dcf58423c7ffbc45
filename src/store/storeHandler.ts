import * as tf from '@tensorflow/tfjs-core';
import { isSpineError, SpineError } from '../errors.js';
import { optionsOf, type Rule } from '../options.js';
import { reasonOf } from '../reason.js';
import { checkStore, isEntryName, longestEntryName, type ByteStore } from './byteStore.js';
import { isModelJson, shardPaths, weightBytes } from './modelJson.js';

/** How {@link storeHandler} saves and loads. */
export interface StoreHandlerOptions {
  /** The model's name in the store, which may hold several (default 'model'): its first entry is `<name>.json`. */
  readonly name?: string;
}

/** The defaults of {@link storeHandler}. */
export const storeHandlerDefaults = { name: 'model' } as const;

/** With it the name of the longest shard, of a model with 99 999 of them, is still one that every store takes. */
const longestName = longestEntryName - '.group1-shard00000of00000-0123456789abcdef.bin'.length;

const entryName: Rule<string> = {
  expects: `a name of letters, digits, "_", "-" and ".", at most ${longestName} of them and no dot first`,
  accepts: (given) => isEntryName(given as string) && (given as string).length <= longestName,
};

export const storeHandlerOptions = optionsOf<StoreHandlerOptions, typeof storeHandlerDefaults>(
  'storeHandler',
  { name: entryName },
  storeHandlerDefaults,
);

/**
 * Saves a tfjs model in any store, and loads it: `model.save(storeHandler(store))`,
 * `loadLayersModel(storeHandler(store))`. The store then holds `<name>.json` and weight shards of 4 MB in tfjs's own
 * layout.
 *
 * Saving is atomic: shards are named by their content, and `<name>.json` is replaced last. A reader finds the old model
 * or the new one, whole, whenever the process ends. Shards that this saved before and that only the old one needed are
 * then removed; other entries stay, those included that a manifest from elsewhere names.
 *
 * @throws SpineError `invalid-argument` for what is no store. Both promises reject with it: `write-failed`;
 * `file-missing` if `<name>.json` or a shard is not there; `weights-format` if one is damaged.
 */
export function storeHandler(store: ByteStore, given: StoreHandlerOptions = {}): tf.io.IOHandler {
  checkStore('The store of storeHandler', store);
  const { name } = storeHandlerOptions.check(given);
  return modelHandler(
    {
      store,
      kind: 'store',
      holds: isEntryName,
      locate: (entry) => `${entry} in ${store.place}`,
      handler: 'storeHandler(store)',
    },
    name,
  );
}

/** Where a model lies, and how messages speak of it. */
export interface ModelPlace {
  readonly store: ByteStore;
  readonly kind: 'store' | 'folder';
  /** Whether a path that `model.json` names leads to something in the store. */
  readonly holds: (path: string) => boolean;
  /** An entry as messages name it. */
  readonly locate: (entry: string) => string;
  /**
   * Reads an entry into memory that is there already: puts its bytes at the start of `target` if they fit, and gives how
   * many it has; undefined if there is none. Without this, each shard is in memory twice until it is in its place.
   */
  readonly readInto?: (entry: string, target: Uint8Array) => Promise<number | undefined>;
  /** The call that saves a model there. */
  readonly handler: string;
}

const shardBytes = 4 * 1024 * 1024;

/** What {@link storeHandler} gives, over a place that may know its entries by other names. */
export function modelHandler(place: ModelPlace, name: string): tf.io.IOHandler {
  const manifest = `${name}.json`;
  return {
    save: (artifacts) => saveModel(place, manifest, name === storeHandlerDefaults.name ? '' : `${name}.`, artifacts),
    load: () => loadModel(place, manifest),
  };
}

async function saveModel(
  place: ModelPlace,
  manifest: string,
  prefix: string,
  artifacts: tf.io.ModelArtifacts,
): Promise<tf.io.SaveResult> {
  const { weightData, weightSpecs = [], getWeightStream: _stream, ...described } = artifacts;
  if (described.modelTopology === undefined || described.modelTopology instanceof ArrayBuffer) {
    const caller = place.handler.replace(/\(.*/, '');
    throw new SpineError('invalid-argument', `${caller} saves models with a JSON topology: save a tf.LayersModel.`);
  }
  const { store } = place;
  const old = new Set(await savedShards(place, manifest, prefix));
  const shards = await shardsOf(prefix, new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)));
  const names = new Set(shards.map(({ name }) => name));
  const removeAll = (from: Set<string>, except: Set<string>) =>
    Promise.all([...from].filter((name) => !except.has(name)).map((name) => store.remove(name)));
  try {
    for (const { name, bytes } of shards) await store.write(name, bytes);
    const json: tf.io.ModelJSON = {
      ...described,
      modelTopology: described.modelTopology,
      weightsManifest: [{ paths: [...names], weights: weightSpecs }],
    };
    await store.write(manifest, new TextEncoder().encode(JSON.stringify(json)));
  } catch (cause) {
    await removeAll(names, old).catch(() => undefined);
    if (isSpineError(cause)) throw cause;
    throw new SpineError('write-failed', `A model could not be written to ${store.place}: ${reasonOf(cause)}.`, {
      cause,
      details: { path: store.place },
    });
  }
  // The new model is in place; a shard that cannot be removed only takes room.
  await removeAll(old, names).catch(() => undefined);
  return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON(artifacts) };
}

async function shardsOf(
  prefix: string,
  weights: Uint8Array,
): Promise<{ readonly name: string; readonly bytes: Uint8Array }[]> {
  const { createSHA256 } = await import('../hashers.js');
  const hash = await createSHA256();
  const count = Math.ceil(weights.length / shardBytes);
  return Array.from({ length: count }, (_, index) => {
    const bytes = weights.subarray(index * shardBytes, (index + 1) * shardBytes);
    const content = hash.init().update(bytes).digest('hex').slice(0, 16);
    return { name: `${prefix}group1-shard${index + 1}of${count}-${content}.bin`, bytes };
  });
}

const ownShard = /^group1-shard\d+of\d+-[0-9a-f]{16}\.bin$/;

/**
 * Shards that this saved of the model that is there already, if one is. A manifest that was copied by hand, or that other
 * software wrote, may name those of another model, which are not to be removed.
 */
async function savedShards(place: ModelPlace, manifest: string, prefix: string): Promise<string[]> {
  try {
    const paths = shardPaths(await readManifest(place, manifest));
    return paths.filter((path) => path.startsWith(prefix) && ownShard.test(path.slice(prefix.length)));
  } catch {
    return [];
  }
}

async function loadModel(place: ModelPlace, manifest: string): Promise<tf.io.ModelArtifacts> {
  const json = await readManifest(place, manifest);
  const specs = tf.io.getWeightSpecs(json.weightsManifest);
  const weights = await readShards(place, manifest, shardPaths(json), specs);
  return tf.io.getModelArtifactsForJSON(json, () => Promise.resolve([specs, weights]));
}

async function readManifest(place: ModelPlace, manifest: string): Promise<tf.io.ModelJSON> {
  const bytes = await readEntry(place, manifest, `Save a model there first with model.save(${place.handler}).`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw damaged(place, manifest, `is no JSON: ${reasonOf(cause)}`, cause);
  }
  if (!isModelJson(json))
    throw damaged(place, manifest, 'is no tfjs model: it lacks modelTopology or a valid weightsManifest');
  return json;
}

/** All shards as one: each put into its place as it is read, for joining them afterwards would take their size again. */
async function readShards(
  place: ModelPlace,
  manifest: string,
  paths: readonly string[],
  specs: readonly tf.io.WeightsManifestEntry[],
): Promise<ArrayBuffer> {
  for (const path of paths)
    if (!place.holds(path)) throw damaged(place, manifest, `names a shard outside its ${place.kind}: ${path}`);
  const advice = `${manifest} names it as a shard of the weights; copy the whole ${place.kind}.`;
  const expected = weightBytes(specs);
  if (expected === undefined || paths.length === 1) {
    const shards: Uint8Array[] = [];
    for (const path of paths) shards.push(await readEntry(place, path, advice));
    checkLength(
      place,
      manifest,
      expected,
      shards.reduce((sum, { length }) => sum + length, 0),
    );
    return tf.io.CompositeArrayBuffer.join(shards.map(bufferOf));
  }

  const all = room(place, manifest, expected);
  let found = 0;
  for (const path of paths) {
    const target = all.subarray(Math.min(found, expected));
    found += await reading(place, path, advice, () => readInto(place, path, target));
  }
  checkLength(place, manifest, expected, found);
  return all.buffer;
}

const bufferOf = ({ buffer, byteOffset, length }: Uint8Array): ArrayBuffer =>
  length === buffer.byteLength
    ? (buffer as ArrayBuffer)
    : (buffer.slice(byteOffset, byteOffset + length) as ArrayBuffer);

/** Shards that are too short or too long for the weights in model.json: truncated, or of another model. */
function checkLength(place: ModelPlace, manifest: string, expected: number | undefined, found: number): void {
  if (expected === undefined || expected === found) return;
  throw new SpineError(
    'weights-format',
    `The weights in ${place.store.place} are ${found} bytes where ${manifest} describes ${expected}: a shard is truncated or of another model.`,
    { details: { directory: place.store.place, found, expected } },
  );
}

function room(place: ModelPlace, manifest: string, bytes: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(bytes);
  } catch (cause) {
    throw damaged(place, manifest, `describes ${bytes} bytes of weights, which memory does not hold`, cause);
  }
}

const readEntry = (place: ModelPlace, entry: string, advice: string): Promise<Uint8Array> =>
  reading(place, entry, advice, () => place.store.read(entry));

async function readInto(place: ModelPlace, entry: string, target: Uint8Array): Promise<number | undefined> {
  if (place.readInto) return place.readInto(entry, target);
  const bytes = await place.store.read(entry);
  if (bytes && bytes.length <= target.length) target.set(bytes);
  return bytes?.length;
}

/** What is read of an entry; one that is absent or cannot be read is named. */
async function reading<T>(
  place: ModelPlace,
  entry: string,
  advice: string,
  read: () => Promise<T | undefined>,
): Promise<T> {
  const file = place.locate(entry);
  let found: T | undefined;
  try {
    found = await read();
  } catch (cause) {
    if (isSpineError(cause)) throw cause;
    throw damaged(place, entry, `cannot be read: ${reasonOf(cause)}`, cause);
  }
  if (found !== undefined) return found;
  throw new SpineError('file-missing', `There is no ${place.kind === 'folder' ? 'file' : 'entry'} ${file}. ${advice}`, {
    details: { file },
  });
}

const damaged = ({ locate }: ModelPlace, entry: string, what: string, cause?: unknown) =>
  new SpineError('weights-format', `${locate(entry)} ${what}.`, { cause, details: { file: locate(entry) } });
