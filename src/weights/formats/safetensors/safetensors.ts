import { requireBytes } from '../../../arguments.js';
import { SpineError } from '../../../errors.js';
import { bytesPerElement, decode, isElementType, type ElementType } from '../elementTypes.js';
import type { NamedArrays } from '../../namedArrays.js';
import { ndarrayOf } from '../../../ndarray.js';

/** Headers are JSON of a few hundred bytes a tensor; the format's own limit guards against absurd lengths. */
const largestHeader = 100_000_000;

/** torch's limit is 64 axes; ndarray compiles code in proportion to them. */
const largestRank = 64;

interface Entry {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
}

/**
 * Reads a safetensors file: F16 and BF16 become float32, integers and BOOL float64, F32 and F64 stay as they are.
 * Everything in the header is checked before a number is read. Arrays of F32 and F64 share the memory of `bytes` where
 * its alignment permits.
 *
 * @throws SpineError `weights-format` if the file is truncated, damaged, or holds another element type, such as
 * F8_E4M3, or a 64-bit integer beyond 2⁵³.
 */
export function readSafetensors(bytes: Uint8Array): NamedArrays {
  requireBytes('readSafetensors', bytes);
  const { entries, data } = parse(bytes);
  const arrays = new Map<string, ReturnType<typeof read>>();
  for (const [name, entry] of entries) arrays.set(name, read(name, data.subarray(entry.start, entry.end), entry));
  return arrays;
}

function read(name: string, bytes: Uint8Array, { dtype, shape }: Entry) {
  try {
    return ndarrayOf(decode(dtype, bytes), shape);
  } catch (cause) {
    if (cause instanceof RangeError) return fail(`tensor "${name}" ${cause.message}`, cause);
    throw cause;
  }
}

function parse(bytes: Uint8Array): { entries: Map<string, Entry>; data: Uint8Array } {
  if (bytes.byteLength < 8) fail(`it has ${bytes.byteLength} bytes, fewer than the 8 of the header's length`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = Number(view.getBigUint64(0, true));
  if (headerLength > largestHeader || 8 + headerLength > bytes.byteLength) {
    fail(
      `its header claims ${headerLength} bytes, but the file has ${bytes.byteLength}: it is truncated or no safetensors file`,
    );
  }
  const header = parseHeader(bytes.subarray(8, 8 + headerLength));
  const data = bytes.subarray(8 + headerLength);

  const entries = new Map<string, Entry>();
  for (const [name, description] of Object.entries(header)) {
    if (name !== '__metadata__') entries.set(name, checkEntry(name, description));
  }
  checkLayout(entries, data.byteLength);
  return { entries, data };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    if (typeof header === 'object' && header !== null && !Array.isArray(header))
      return header as Record<string, unknown>;
  } catch (cause) {
    return fail('its header is no JSON', cause);
  }
  return fail('its header is no JSON object');
}

function checkEntry(name: string, description: unknown): Entry {
  const { dtype, shape, data_offsets: offsets } = (description ?? {}) as Record<string, unknown>;
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  if (typeof dtype !== 'string' || !Array.isArray(shape) || !shape.every(isCount)) {
    return fail(`tensor "${name}" has no valid dtype and shape`);
  }
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    return fail(`tensor "${name}" has no valid data_offsets`);
  }
  if (shape.length > largestRank) return fail(`tensor "${name}" has ${shape.length} axes`);
  if (!isElementType(dtype)) {
    return fail(`tensor "${name}" is of type ${dtype}; readable are ${Object.keys(bytesPerElement).join(', ')}`);
  }
  const [start, end] = offsets as [number, number];
  const expected = shape.reduce((product: number, side: number) => product * side, bytesPerElement[dtype]);
  if (end - start !== expected) {
    return fail(
      `tensor "${name}" of shape [${shape.join(', ')}] needs ${expected} bytes, its offsets span ${end - start}`,
    );
  }
  return { dtype, shape, start, end };
}

/** The format demands that tensors cover the data exactly, without gaps or overlaps. */
function checkLayout(entries: ReadonlyMap<string, Entry>, available: number): void {
  let position = 0;
  for (const [name, { start, end }] of [...entries].sort(([, a], [, b]) => a.start - b.start || a.end - b.end)) {
    if (start !== position) fail(`tensor "${name}" begins at byte ${start} of the data where ${position} was expected`);
    if (end > available) {
      fail(`tensor "${name}" ends at byte ${end} of the data, but there are only ${available}: the file is truncated`);
    }
    position = end;
  }
  if (position !== available) fail(`${available - position} bytes follow the last tensor`);
}

function fail(reason: string, cause?: unknown): never {
  throw new SpineError('weights-format', `The safetensors file cannot be read: ${reason}.`, { cause });
}
