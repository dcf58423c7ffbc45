import type { NdArray } from 'ndarray';
import { requireBytes } from '../../../arguments.js';
import { isSpineError, SpineError } from '../../../errors.js';
import { fromBrainHalf, fromHalf } from '../elementTypes.js';
import { Hdf5Failure, loadHdf5, withFileInMemory, type Hdf5Metadata, type Library } from './hdf5Library.js';
import { ndarrayOf } from '../../../ndarray.js';

/** An open HDF5 file, as far as weight files need it. Paths begin with `/`. */
export interface Hdf5File {
  /** What is at a path; undefined if nothing that can be read. */
  kind(path: string): 'group' | 'dataset' | undefined;
  /** Names in a group. */
  names(group: string): readonly string[];
  attributeNames(path: string): readonly string[];
  /** The texts of an attribute: one, or a list. */
  texts(path: string, attribute: string): readonly string[];
  /** 16- and 32-bit floats as float32, 64-bit floats and integers as float64. */
  numbers(path: string): NdArray<Float32Array | Float64Array>;
}

/** Data sets that are compressed may, all together, unfold to this many times the size of the file. */
const largestExpansion = 100;
/** Bytes that are read at a time: libhdf5's memory only ever grows. */
const pieceBytes = 4 * 1024 * 1024;
const readOnly = 0;

/**
 * Opens a file in memory for the time of `read`.
 *
 * @param what such as 'Keras .h5 file'.
 * @throws SpineError `weights-format` if the file is damaged or `read` rejects it; `dependency-missing` without h5wasm.
 */
export async function readHdf5<T>(bytes: Uint8Array, what: string, read: (file: Hdf5File) => T): Promise<T> {
  requireBytes(`Reading a ${what}`, bytes);
  if (!isHdf5(bytes))
    throw new SpineError('weights-format', `The ${what} cannot be read: it does not begin as an HDF5 file does.`);
  const library = await loadHdf5(`Reading a ${what}`);
  try {
    return withFileInMemory(library, bytes, (path) => {
      const id = library.open(path, readOnly, false, -1, -1);
      if (id < 0n) return fail('it is damaged or truncated');
      const result = read(openFile(library, id, bytes.byteLength));
      library.close_file(id);
      return result;
    });
  } catch (error) {
    if (!(error instanceof Hdf5Failure)) throw error;
    throw explained(what, error);
  }
}

const signature = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Whether a file begins as one of HDF5 does. */
const isHdf5 = (bytes: Uint8Array): boolean => signature.every((byte, index) => bytes[index] === byte);

/** Rejects the file for a reason that goes on "… cannot be read: ". */
export function fail(reason: string): never {
  throw new FileError(reason);
}

class FileError extends Error {}

function explained(what: string, { reason, messages }: Hdf5Failure): SpineError {
  if (isSpineError(reason)) return reason;
  // The innermost message of libhdf5's trace comes last.
  const said = [...messages.matchAll(/^ {2}#\d+: .*?\(\): (.*?)(?:: time = .*)?$/gm)].pop()?.[1];
  const why = reason instanceof FileError ? reason.message : 'it is damaged, and libhdf5 stopped';
  return new SpineError(
    'weights-format',
    `The ${what} cannot be read: ${why}${said === undefined ? '' : ` (libhdf5: ${said})`}.`,
    {
      cause: reason,
      ...(messages === '' ? {} : { details: { libhdf5: messages } }),
    },
  );
}

function openFile(library: Library, id: bigint, fileBytes: number): Hdf5File {
  let expandedBytes = fileBytes * largestExpansion;
  let plainBytes = fileBytes;
  /** Sizes are what the file says: they are compared with its own before anything is allocated. */
  const claim = (path: string, bytes: number, expands: boolean) => {
    if (expands) expandedBytes -= bytes;
    else plainBytes -= bytes;
    if (!(bytes >= 0 && plainBytes >= 0 && expandedBytes >= 0)) {
      fail(
        `"${path}" claims ${bytes} bytes, more than a file of ${fileBytes} bytes can hold${expands ? ` even compressed ${largestExpansion} times` : ''}`,
      );
    }
  };
  const allocated = <T>(bytes: number, use: (pointer: number) => T): T => {
    const pointer = library._malloc(Math.max(bytes, 1));
    if (pointer === 0) fail(`libhdf5 has no ${bytes} bytes of memory left`);
    const result = use(pointer);
    library._free(pointer);
    return result;
  };
  const file: Hdf5File = {
    kind: (path) => {
      const type = library.get_type(id, path);
      return type === library.H5G_GROUP ? 'group' : type === library.H5G_DATASET ? 'dataset' : undefined;
    },
    names: (group) => {
      if (file.kind(group) !== 'group') fail(`it has no group "${group}"`);
      return library.get_names(id, group, false);
    },
    attributeNames: (path) => {
      if (file.kind(path) === undefined) fail(`it has nothing at "${path}"`);
      return library.get_attribute_names(id, path);
    },
    texts: (path, attribute) => {
      const metadata = library.get_attribute_metadata(id, path, attribute);
      if (metadata.type !== library.H5T_class_t.H5T_STRING.value) {
        // An empty list has no type to speak of.
        return metadata.shape !== null && metadata.total_size === 0
          ? []
          : fail(`attribute "${attribute}" of "${path}" is not text`);
      }
      const bytes = metadata.size * metadata.total_size;
      // A list over 64 kB need not be stored once for each of its readers.
      if (!(metadata.shape !== null && bytes >= 0 && bytes <= fileBytes))
        fail(`attribute "${attribute}" of "${path}" claims ${bytes} bytes`);
      return allocated(bytes, (pointer) => {
        if (library.get_attribute_data(id, path, attribute, BigInt(pointer)) < 0)
          fail(`attribute "${attribute}" of "${path}" is damaged`);
        const texts = readTexts(library.HEAPU8, pointer, metadata);
        if (metadata.vlen) library.reclaim_vlen_memory(id, path, attribute, BigInt(pointer));
        return texts;
      });
    },
    numbers: (path) => {
      if (file.kind(path) !== 'dataset') fail(`it has no data set "${path}"`);
      const metadata = library.get_dataset_metadata(id, path);
      const { shape, size, total_size: count, chunks } = metadata;
      if (shape === null || shape.reduce((product, side) => product * side, 1) !== count)
        return fail(`"${path}" has no shape`);
      const convert = converter(library, metadata, file, path);
      if (convert === undefined) return fail(`"${path}" holds neither floats nor integers of 1, 2, 4 or 8 bytes`);
      const isFiltered = chunks !== null && library.get_dataset_filters(id, path).length > 0;
      claim(path, count * size, isFiltered);
      const chunkBytes = (chunks ?? []).reduce((product, side) => product * side, size);
      if (chunks !== null && !(chunkBytes <= fileBytes * largestExpansion))
        fail(`"${path}" claims pieces of ${chunkBytes} bytes`);

      const stored = new Uint8Array(count * size);
      const pieces =
        chunks === null ? slices(shape, size) : [{ offset: undefined, count: undefined, start: 0, length: count }];
      for (const piece of pieces) {
        allocated(piece.length * size, (pointer) => {
          if (
            library.get_dataset_data(
              id,
              path,
              piece.count ?? null,
              piece.offset ?? null,
              piece.count?.map(() => 1n) ?? null,
              BigInt(pointer),
            ) < 0
          )
            fail(`"${path}" is damaged`);
          stored.set(library.HEAPU8.subarray(pointer, pointer + piece.length * size), piece.start * size);
        });
      }
      return ndarrayOf(convert(stored.buffer), shape);
    },
  };
  return file;
}

function readTexts(
  memory: Uint8Array,
  pointer: number,
  { vlen, size, total_size: count }: Hdf5Metadata,
): readonly string[] {
  const decoder = new TextDecoder();
  const view = new DataView(memory.buffer);
  return Array.from({ length: count }, (_, index) => {
    const position = pointer + index * size;
    const start = vlen ? view.getUint32(position, true) : position;
    // A list may hold empty text as a null pointer.
    if (vlen && start === 0) return '';
    const end = memory.indexOf(0, start);
    return decoder.decode(memory.subarray(start, vlen ? end : Math.min(end < 0 ? Infinity : end, start + size)));
  });
}

type Convert = (stored: ArrayBuffer) => Float32Array | Float64Array;

function converter(
  library: Library,
  { type, size, signed }: Hdf5Metadata,
  file: Hdf5File,
  path: string,
): Convert | undefined {
  const { H5T_FLOAT, H5T_INTEGER, H5T_OPAQUE } = library.H5T_class_t;
  if ((type === H5T_FLOAT.value || type === H5T_OPAQUE.value) && size === 2) {
    // Keras says so where it writes bfloat16, which has no type of its own in HDF5.
    const isBrain = file.attributeNames(path).includes('dtype') && file.texts(path, 'dtype')[0] === 'bfloat16';
    if (isBrain) return (stored) => fromBrainHalf(new Uint16Array(stored));
    return type === H5T_FLOAT.value ? (stored) => fromHalf(new Uint16Array(stored)) : undefined;
  }
  if (type === H5T_FLOAT.value) {
    if (size === 4) return (stored) => new Float32Array(stored);
    if (size === 8) return (stored) => new Float64Array(stored);
  }
  if (type === H5T_INTEGER.value) {
    if (size === 1) return (stored) => Float64Array.from(signed ? new Int8Array(stored) : new Uint8Array(stored));
    if (size === 2) return (stored) => Float64Array.from(signed ? new Int16Array(stored) : new Uint16Array(stored));
    if (size === 4) return (stored) => Float64Array.from(signed ? new Int32Array(stored) : new Uint32Array(stored));
    if (size === 8)
      return (stored) => Float64Array.from(signed ? new BigInt64Array(stored) : new BigUint64Array(stored), Number);
  }
  return undefined;
}

interface Piece {
  /** Hyperslab; undefined for the whole. */
  readonly offset: bigint[] | undefined;
  readonly count: bigint[] | undefined;
  /** Elements before it, in row-major order, and in it. */
  readonly start: number;
  readonly length: number;
}

/** Divides a shape into runs of whole rows of about {@link pieceBytes}, in row-major order. */
function* slices(shape: readonly number[], size: number): Generator<Piece> {
  const total = shape.reduce((product, side) => product * side, 1);
  if (total * size <= pieceBytes) {
    yield { offset: undefined, count: undefined, start: 0, length: total };
    return;
  }
  // Along the first axis whose rows are small enough; the axes before it are walked one by one.
  let axis = 0;
  let row = total;
  for (; axis < shape.length; axis++) {
    row /= shape[axis]!;
    if (row * size <= pieceBytes) break;
  }
  const side = shape[axis]!;
  const rows = Math.max(1, Math.floor(pieceBytes / (row * size)));
  for (let outer = 0; outer < total / (row * side); outer++) {
    let rest = outer;
    const leading = Array.from({ length: axis }, () => 0n);
    for (let before = axis - 1; before >= 0; before--) {
      leading[before] = BigInt(rest % shape[before]!);
      rest = Math.floor(rest / shape[before]!);
    }
    for (let first = 0; first < side; first += rows) {
      const taken = Math.min(rows, side - first);
      yield {
        offset: [...leading, BigInt(first), ...shape.slice(axis + 1).map(() => 0n)],
        count: [...leading.map(() => 1n), BigInt(taken), ...shape.slice(axis + 1).map(BigInt)],
        start: (outer * side + first) * row,
        length: taken * row,
      };
    }
  }
}
