import * as tf from '@tensorflow/tfjs-core';
import { SpineError } from '../errors.js';
import { array } from '../image/index.js';
import { variableNames } from './layerNames.js';
import type { NamedArrays } from './namedArrays.js';
import { nameArrays, type FileLayer } from './namedLayers.js';

/** A tfjs layers model as files hold it. */
export interface TfjsArtifacts {
  /** The content of `model.json`, parsed. */
  readonly modelJson: unknown;
  /** The content of the shards, in the order in which `model.json` names them: joined, or one by one. */
  readonly weightData: ArrayBuffer | readonly (ArrayBuffer | Uint8Array)[];
}

/**
 * Reads the weights of a tfjs layers model: `model.json` with its shards, quantized ones too. Where the files are is the
 * handler's affair: `folderHandler` of `spine-xray-ml/node`, or `tf.io.http`, `tf.io.browserFiles`, `tf.io.fromMemory`.
 * Floats become float32, integers and booleans float64.
 *
 * @throws SpineError `weights-format` if `model.json` lists no weights, a weight is of a type this library does not
 * read, or the shards are shorter or longer than the weights listed. What the handler throws passes through.
 */
export async function readTfjsLayers(source: tf.io.IOHandler | TfjsArtifacts): Promise<NamedArrays> {
  const { specs, data } = 'modelJson' in source ? fromFiles(source) : await fromHandler(source);
  const entries = checkedEntries(specs, data.byteLength);
  const layers = new Map<string, FileLayer & { readonly variables: [string, ReturnType<typeof decode>][] }>();
  for (const entry of entries) {
    const path = entry.spec.name.split('/');
    const variable = path.pop() as string;
    const place = path.join('/');
    const layer = path.pop() ?? reject(`its weight "${variable}" names no layer`);
    const found = layers.get(place) ?? { models: path, layer, variables: [] };
    found.variables.push([variable, decode(entry, data)]);
    layers.set(place, found);
  }
  return nameArrays([...layers.values()].map(withKerasNames), reject);
}

function withKerasNames({ models, layer, variables }: FileLayer): FileLayer {
  const names = variableNames(layer, variables.map(([name]) => name));
  return { models, layer, variables: variables.map(([, value], index) => [names[index] as string, value] as const) };
}

interface Weights {
  readonly specs: unknown;
  readonly data: Uint8Array;
}

async function fromHandler(handler: tf.io.IOHandler): Promise<Weights> {
  if (handler.load === undefined) throw new SpineError('invalid-argument', 'readTfjsLayers needs a handler that loads, such as folderHandler(directory).');
  const { weightSpecs, weightData } = await handler.load();
  return { specs: weightSpecs, data: new Uint8Array(tf.io.CompositeArrayBuffer.join(weightData)) };
}

function fromFiles({ modelJson, weightData }: TfjsArtifacts): Weights {
  const manifest = (modelJson as { weightsManifest?: unknown } | null | undefined)?.weightsManifest;
  if (!Array.isArray(manifest)) reject('model.json has no weightsManifest');
  const specs = (manifest as unknown[]).flatMap((group) => {
    const weights = (group as { weights?: unknown } | null)?.weights;
    return Array.isArray(weights) ? (weights as unknown[]) : reject('model.json has no valid weightsManifest');
  });
  if (weightData instanceof ArrayBuffer) return { specs, data: new Uint8Array(weightData) };
  const [only] = weightData;
  if (weightData.length === 1 && only) return { specs, data: bytesOf(only) };
  const data = new Uint8Array(weightData.reduce((total, shard) => total + shard.byteLength, 0));
  let start = 0;
  for (const shard of weightData) {
    data.set(bytesOf(shard), start);
    start += shard.byteLength;
  }
  return { specs, data };
}

/** The bytes of a shard, in whatever view they come: numbers of another view would be taken for bytes. */
const bytesOf = (shard: ArrayBuffer | Uint8Array): Uint8Array =>
  ArrayBuffer.isView(shard) ? new Uint8Array(shard.buffer, shard.byteOffset, shard.byteLength) : new Uint8Array(shard);

interface Entry {
  readonly spec: tf.io.WeightsManifestEntry;
  readonly start: number;
  readonly bytes: number;
}

const storedBytes = { float32: 4, int32: 4, bool: 1, float16: 2, uint16: 2, uint8: 1 } as const;

/** Everything that `model.json` says of sizes is compared with the data before a number is decoded. */
function checkedEntries(specs: unknown, available: number): readonly Entry[] {
  if (!Array.isArray(specs) || specs.length === 0) return reject('model.json lists no weights');
  let start = 0;
  const entries = (specs as unknown[]).map((given) => {
    const spec = checkSpec(given);
    const bytes = spec.shape.reduce((product, side) => product * side, storedBytes[(spec.quantization?.dtype ?? spec.dtype) as keyof typeof storedBytes]);
    const entry = { spec, start, bytes };
    start += bytes;
    return entry;
  });
  if (start !== available) reject(`its shards have ${available} bytes where model.json lists weights of ${start}: a shard is truncated or of another model`);
  return entries;
}

function checkSpec(given: unknown): tf.io.WeightsManifestEntry {
  const { name, shape, dtype, quantization } = (given ?? {}) as Record<string, unknown>;
  if (typeof name !== 'string' || !Array.isArray(shape) || !shape.every((side) => Number.isSafeInteger(side) && side >= 0)) {
    return reject('model.json lists a weight without a valid name and shape');
  }
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') return reject(`its weight "${name}" is of type ${String(dtype)}; readable are float32, int32 and bool`);
  if (quantization !== undefined) {
    const { dtype: stored, scale, min } = (quantization ?? {}) as Record<string, unknown>;
    const isAffine = (stored === 'uint8' || stored === 'uint16') && Number.isFinite(scale) && Number.isFinite(min);
    if (dtype === 'bool' || !(isAffine || (stored === 'float16' && dtype === 'float32'))) reject(`its weight "${name}" is quantized in an unknown way`);
  }
  return given as tf.io.WeightsManifestEntry;
}

/** One weight at a time, so that no second copy of all of them exists. */
function decode({ spec, start, bytes }: Entry, data: Uint8Array) {
  const alone = { ...spec, name: 'weight' };
  const tensor = tf.io.decodeWeights(data.slice(start, start + bytes).buffer, [alone])['weight'] as tf.Tensor;
  try {
    const values = tensor.dataSync();
    return array(values instanceof Float32Array ? values.slice() : Float64Array.from(values), spec.shape);
  } finally {
    tensor.dispose();
  }
}

function reject(reason: string): never {
  throw new SpineError('weights-format', `The tfjs layers model cannot be read: ${reason}.`);
}
