import type * as tf from '@tensorflow/tfjs-core';
import { letEventsHappen } from '../../async.js';
import { layOutSafetensors, readSafetensors, type NamedArrays } from '../../weights/index.js';
import { parse, stringify } from '../../plain.js';

/** Bytes hashed before the event loop gets a turn, so that a page stays alive. */
const hashedTogether = 2 ** 25;

/** What goes into a checkpoint: plain data, and tensors by name. */
export interface CheckpointContent<Tensors> {
  readonly state: unknown;
  readonly tensors: Tensors;
}

/**
 * A checkpoint as a safetensors file, which Python reads too. Its metadata hold the state as JSON and a checksum of the
 * whole file, taken with zeros in the checksum's place. Tensors that share their numbers are written once.
 */
export async function writeCheckpoint({
  state,
  tensors,
}: CheckpointContent<ReadonlyMap<string, tf.Tensor>>): Promise<Uint8Array> {
  const firstNames = new Map<object, string>();
  const same: Record<string, string> = {};
  const header: Record<string, unknown> = {};
  let position = 0;
  for (const [name, tensor] of tensors) {
    if (tensor.dtype !== 'float32') throw new Error(`The tensor "${name}" of a checkpoint is of type ${tensor.dtype}.`);
    const first = firstNames.get(tensor.dataId);
    if (first !== undefined) {
      same[name] = first;
      continue;
    }
    firstNames.set(tensor.dataId, name);
    const end = position + tensor.size * Float32Array.BYTES_PER_ELEMENT;
    header[name] = { dtype: 'F32', shape: tensor.shape, data_offsets: [position, end] };
    position = end;
  }
  const metadata = { state: stringify(state), same: JSON.stringify(same), checksum: noChecksum };
  const { bytes, dataStart } = layOutSafetensors({ __metadata__: metadata, ...header }, position);
  // One tensor at a time, so that no more than one is in memory twice.
  let offset = dataStart;
  for (const name of firstNames.values()) {
    const tensor = tensors.get(name)!;
    new Float32Array(bytes.buffer, offset, tensor.size).set((await tensor.data()) as Float32Array);
    offset += tensor.size * Float32Array.BYTES_PER_ELEMENT;
  }
  bytes.set(new TextEncoder().encode(await hashOf(bytes)), checksumPlace(bytes));
  return bytes;
}

/**
 * Reads what {@link writeCheckpoint} wrote. The arrays share the memory of `bytes`, which are the function's to keep.
 *
 * @throws Error, saying what is wrong, for damaged or cut bytes, or another file.
 */
export async function readCheckpoint(bytes: Uint8Array): Promise<CheckpointContent<NamedArrays>> {
  const place = checksumPlace(bytes);
  const written = new TextDecoder().decode(bytes.subarray(place, place + noChecksum.length));
  bytes.set(new TextEncoder().encode(noChecksum), place);
  if ((await hashOf(bytes)) !== written) throw new Error('its checksum does not fit its content');

  const stored = readSafetensors(bytes);
  const { state, same } = metadataOf(bytes);
  const tensors = new Map(stored);
  for (const [name, first] of Object.entries(JSON.parse(same ?? '{}') as Record<string, string>)) {
    const array = stored.get(first);
    if (array) tensors.set(name, array);
  }
  return { state: parse(state ?? ''), tensors };
}

const noChecksum = '0'.repeat(32);

/** Where the checksum lies: at the end of the metadata, which are the first part of the header. */
function checksumPlace(bytes: Uint8Array): number {
  const length = bytes.length < 8 ? 0 : Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = bytes.subarray(8, 8 + Math.min(length, bytes.length));
  // Quotes within the state are escaped, so this occurs once. Offsets count bytes, and text of other alphabets has more
  // than letters.
  const mark = new TextEncoder().encode('"checksum":"');
  const at = header.findIndex(
    (byte, index) => byte === mark[0] && mark.every((wanted, offset) => header[index + offset] === wanted),
  );
  if (at < 0) throw new Error('it has no checksum: it is another file, or its beginning is lost');
  return 8 + at + mark.length;
}

function metadataOf(bytes: Uint8Array): Readonly<Record<string, string>> {
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as {
    __metadata__: Record<string, string>;
  };
  return header.__metadata__;
}

async function hashOf(bytes: Uint8Array): Promise<string> {
  const { createXXHash128 } = await import('../../hashers.js');
  const hash = await createXXHash128();
  hash.init();
  for (let start = 0; start < bytes.length; start += hashedTogether) {
    hash.update(bytes.subarray(start, start + hashedTogether));
    await letEventsHappen();
  }
  return hash.digest('hex');
}
