import * as tf from '@tensorflow/tfjs-core';
import { isPromise, quoted } from '../../../arguments.js';
import { SpineError } from '../../../errors.js';
import { variableNames } from '../../layerNames.js';
import { nameArrays, type FileLayer } from '../../namedLayers.js';
import type { NamedArrays } from '../../namedArrays.js';
import { ndarrayOf } from '../../../ndarray.js';

/** A tfjs layers model as files hold it. */
export interface TfjsArtifacts {
  /** The content of `model.json`, parsed. */
  readonly modelJson: unknown;
  /** The content of the shards, in the order in which `model.json` names them: joined, or one by one. */
  readonly weightData: ArrayBuffer | readonly (ArrayBuffer | Uint8Array)[];
}

/**
 * Reads the weights of a tfjs layers model: `model.json` with its shards, quantized ones too. Where the files are is
 * the handler's affair: `folderHandler` of `spine-xray-ml/node`, or `tf.io.http`, `tf.io.browserFiles`,
 * `tf.io.fromMemory`. Floats become float32, integers and booleans float64.
 *
 * @throws SpineError `invalid-argument` for what is neither handler nor files; `weights-format` if `model.json` lists
 * no weights, a weight is of a type this library does not read, or the shards are shorter or longer than the weights
 * listed. What the handler throws passes through.
 */
export async function readTfjsLayers(source: tf.io.IOHandler | TfjsArtifacts): Promise<NamedArrays> {
  requireSource(source);
  const { specs, shards } = 'modelJson' in source ? fromFiles(source) : await fromHandler(source);
  const entries = checkedEntries(specs, totalBytes(shards));
  const layers = new Map<string, FileLayer & { readonly variables: [string, ReturnType<typeof decode>][] }>();
  for (const entry of entries) {
    const path = entry.spec.name.split('/');
    const variable = path.pop()!;
    const place = path.join('/');
    const layer = path.pop() ?? reject(`its weight "${variable}" names no layer`);
    const found = layers.get(place) ?? { models: path, layer, variables: [] };
    found.variables.push([variable, decode(entry, cut(shards, entry))]);
    layers.set(place, found);
  }
  return nameArrays([...layers.values()].map(withKerasNames), reject);
}

function withKerasNames({ models, layer, variables }: FileLayer): FileLayer {
  const names = variableNames(
    layer,
    variables.map(([name]) => name),
  );
  return { models, layer, variables: variables.map(([, value], index) => [names[index]!, value] as const) };
}

function requireSource(source: tf.io.IOHandler | TfjsArtifacts): void {
  const given: unknown = source;
  if (typeof given === 'object' && given !== null && !isPromise(given)) return;
  const advice =
    typeof given === 'string'
      ? ' For a folder it is folderHandler(directory), for an address tf.io.http(url).'
      : isPromise(given)
        ? ' Await it.'
        : '';
  throw new SpineError(
    'invalid-argument',
    `readTfjsLayers needs a handler that loads, or { modelJson, weightData }; got ${quoted(given)}.${advice}`,
  );
}

interface Weights {
  readonly specs: unknown;
  readonly shards: readonly Uint8Array[];
}

async function fromHandler(handler: tf.io.IOHandler): Promise<Weights> {
  if (handler.load === undefined)
    throw new SpineError(
      'invalid-argument',
      'readTfjsLayers needs a handler that loads, such as folderHandler(directory).',
    );
  const { weightSpecs, weightData = [] } = await handler.load();
  return { specs: weightSpecs, shards: [weightData].flat().map(bytesOf) };
}

function fromFiles({ modelJson, weightData }: TfjsArtifacts): Weights {
  const manifest = (modelJson as { weightsManifest?: unknown } | null | undefined)?.weightsManifest;
  if (!Array.isArray(manifest)) reject('model.json has no weightsManifest');
  const specs = (manifest as unknown[]).flatMap((group) => {
    const weights = (group as { weights?: unknown } | null)?.weights;
    return Array.isArray(weights) ? (weights as unknown[]) : reject('model.json has no valid weightsManifest');
  });
  const shards = [weightData].flat();
  if (
    shards.length === 0 ||
    !shards.every((shard: unknown) => shard instanceof ArrayBuffer || ArrayBuffer.isView(shard))
  ) {
    throw new SpineError(
      'invalid-argument',
      `weightData must be the bytes of the shards that model.json names, one by one or joined; got ${quoted(weightData)}.`,
    );
  }
  return { specs, shards: shards.map(bytesOf) };
}

/** The bytes of a shard, in whatever view they come: numbers of another view would be taken for bytes. */
const bytesOf = (shard: ArrayBuffer | Uint8Array): Uint8Array =>
  ArrayBuffer.isView(shard) ? new Uint8Array(shard.buffer, shard.byteOffset, shard.byteLength) : new Uint8Array(shard);

const totalBytes = (shards: readonly Uint8Array[]) => shards.reduce((total, shard) => total + shard.byteLength, 0);

/**
 * A copy of a weight's bytes, which may lie in several shards: these are not joined, which would take their size again.
 */
function cut(shards: readonly Uint8Array[], { start, bytes }: Entry): ArrayBuffer {
  const copy = new Uint8Array(bytes);
  let position = 0;
  for (const shard of shards) {
    const [first, last] = [Math.max(start, position), Math.min(start + bytes, position + shard.byteLength)];
    if (first < last) copy.set(shard.subarray(first - position, last - position), first - start);
    position += shard.byteLength;
  }
  return copy.buffer;
}

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
    const bytes = spec.shape.reduce(
      (product, side) => product * side,
      storedBytes[(spec.quantization?.dtype ?? spec.dtype) as keyof typeof storedBytes],
    );
    const entry = { spec, start, bytes };
    start += bytes;
    return entry;
  });
  if (start !== available)
    reject(
      `its shards have ${available} bytes where model.json lists weights of ${start}: a shard is truncated or of another model`,
    );
  return entries;
}

function checkSpec(given: unknown): tf.io.WeightsManifestEntry {
  const { name, shape, dtype, quantization } = (given ?? {}) as Record<string, unknown>;
  if (
    typeof name !== 'string' ||
    !Array.isArray(shape) ||
    !shape.every((side) => Number.isSafeInteger(side) && side >= 0)
  ) {
    return reject('model.json lists a weight without a valid name and shape');
  }
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool')
    return reject(`its weight "${name}" is of type ${String(dtype)}; readable are float32, int32 and bool`);
  if (quantization !== undefined) {
    const { dtype: stored, scale, min } = (quantization ?? {}) as Record<string, unknown>;
    const isAffine = (stored === 'uint8' || stored === 'uint16') && Number.isFinite(scale) && Number.isFinite(min);
    if (dtype === 'bool' || !(isAffine || (stored === 'float16' && dtype === 'float32')))
      reject(`its weight "${name}" is quantized in an unknown way`);
  }
  return given as tf.io.WeightsManifestEntry;
}

function decode({ spec }: Entry, stored: ArrayBuffer) {
  if (spec.quantization !== undefined) return ndarrayOf(dequantized(spec, stored), spec.shape);
  if (spec.dtype === 'float32') return ndarrayOf(new Float32Array(stored), spec.shape);
  return ndarrayOf(
    Float64Array.from(spec.dtype === 'int32' ? new Int32Array(stored) : new Uint8Array(stored)),
    spec.shape,
  );
}

/** By tfjs, one weight at a time. */
function dequantized(spec: tf.io.WeightsManifestEntry, stored: ArrayBuffer): Float32Array | Float64Array {
  const tensor = tf.io.decodeWeights(stored, [{ ...spec, name: 'weight' }])['weight']!;
  try {
    const values = tensor.dataSync();
    return values instanceof Float32Array ? values.slice() : Float64Array.from(values);
  } finally {
    tensor.dispose();
  }
}

function reject(reason: string): never {
  throw new SpineError('weights-format', `The tfjs layers model cannot be read: ${reason}.`);
}
