import { SpineError } from '../../../errors.js';
import { optionalPackage } from '../../../optional.js';
import { heapsAreSound } from './hdf5Heap.js';
import { rememberMemory } from './hdf5Memory.js';

/** What h5wasm's module says of a type and extent in a file. */
export interface Hdf5Metadata {
  /** Class of the type, as in `Library.H5T_class_t`. */
  readonly type: number;
  /** Bytes of an element. */
  readonly size: number;
  readonly signed: boolean;
  /** Whether elements are pointers to text of any length. */
  readonly vlen: boolean;
  /** `null` where there is no extent. */
  readonly shape: readonly number[] | null;
  readonly total_size: number;
  readonly chunks: readonly number[] | null;
}

interface Node {
  stream_ops: { read(stream: unknown, buffer: unknown, offset: number, length: number, position: number): number };
}

interface Stream {
  readonly node: unknown;
  tty?: { readonly ops: object };
}

/** The part of h5wasm's module that is used here: libhdf5, and the file system in memory that it reads from. */
export interface Library {
  readonly HEAPU8: Uint8Array;
  readonly H5T_class_t: Readonly<
    Record<'H5T_INTEGER' | 'H5T_FLOAT' | 'H5T_STRING' | 'H5T_OPAQUE', { readonly value: number }>
  >;
  readonly H5G_GROUP: number;
  readonly H5G_DATASET: number;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
  open(path: string, mode: number, trackOrder: boolean, lowest: number, highest: number): bigint;
  close_file(file: bigint): number;
  get_type(file: bigint, path: string): number;
  get_names(file: bigint, path: string, recursive: boolean): string[];
  get_attribute_names(file: bigint, path: string): string[];
  get_attribute_metadata(file: bigint, path: string, name: string): Hdf5Metadata;
  get_attribute_data(file: bigint, path: string, name: string, pointer: bigint): number;
  get_dataset_metadata(file: bigint, path: string): Hdf5Metadata;
  get_dataset_filters(file: bigint, path: string): readonly unknown[];
  get_dataset_data(
    file: bigint,
    path: string,
    count: bigint[] | null,
    offset: bigint[] | null,
    strides: bigint[] | null,
    pointer: bigint,
  ): number;
  ccall(name: string, returns: 'number', types: readonly string[], values: readonly unknown[]): number;
  reclaim_vlen_memory(file: bigint, path: string, name: string, pointer: bigint): number;
  readonly FS: {
    readonly streams: (Stream | null | undefined)[];
    readonly ErrnoError: new (code: number) => Error;
    writeFile(path: string, bytes: Uint8Array, options: { readonly canOwn: boolean }): void;
    unlink(path: string): void;
    close(stream: Stream): void;
    lookupPath(path: string): { readonly node: Node };
  };
}

/** libhdf5, compiled to WebAssembly: the optional package h5wasm. Its own build for Node would read the disk. */
export async function loadHdf5(purpose: string): Promise<Library> {
  return optionalPackage('h5wasm', purpose, async () => {
    const { ready } = await import('h5wasm');
    return (await ready) as unknown as Library;
  });
}

/**
 * Runs `read` on a file in memory, whose bytes are not copied. Whatever happens, the file is gone afterwards, its
 * handles are closed and its memory is free: after a failure, the library's whole memory is put back as it was before.
 * A damaged file may make libhdf5 trap or leave locks and open handles behind; the next read knows nothing of it.
 *
 * @param read gets the path of the file; it must not be async, so that no other reader uses the library meanwhile.
 */
export function withFileInMemory<T>(library: Library, bytes: Uint8Array, read: (path: string) => T): T {
  const { FS } = library;
  requireStack(library);
  const memory = rememberMemory(library, spareMemory + 4 * bytes.byteLength);
  const path = '/spine-xray-ml.h5';
  const messages = collectMessages(library);
  let failed = true;
  FS.writeFile(path, bytes, { canOwn: true });
  const { node } = FS.lookupPath(path);
  limitReading(library, node, bytes);
  try {
    const result = memory.limited(() => read(path));
    failed = false;
    return result;
  } catch (error) {
    throw new Hdf5Failure(error, messages.text());
  } finally {
    for (const stream of [...FS.streams]) {
      if (stream?.node !== node) continue;
      failed = true;
      FS.close(stream);
    }
    FS.unlink(path);
    messages.restore();
    memory.release(failed);
  }
}

const firstStackPointers = new WeakMap<Library, number>();

/**
 * An error that is thrown through libhdf5 leaves its stack where it was, some hundred bytes lower, and there is no way
 * to set it back. After thousands of damaged files it would run out.
 */
function requireStack(library: Library): void {
  // Text given to a function lies on the stack, and memset gives back where.
  const pointer = library.ccall('memset', 'number', ['string', 'number', 'number'], ['', 0, 0]);
  const first = firstStackPointers.get(library) ?? pointer;
  firstStackPointers.set(library, first);
  if (first - pointer > stackBytes / 2) {
    throw new SpineError(
      'weights-format',
      'No more files can be read: libhdf5 has met thousands of damaged ones, and its stack is used up. Start the process, or load the page, again.',
    );
  }
}

const stackBytes = 2 * 1024 * 1024;

/** Why a read failed: an error thrown here or by libhdf5, and what libhdf5 printed. */
export class Hdf5Failure extends Error {
  constructor(
    readonly reason: unknown,
    readonly messages: string,
  ) {
    super('libhdf5 could not read the file', { cause: reason });
  }
}

/**
 * Damage can make libhdf5 follow links in a circle, reading on and on: past a limit that no whole file comes near, the
 * reads fail; they fail on a damaged heap, too. Libhdf5 sees an input error and gives up by itself.
 */
function limitReading({ FS }: Library, node: Node, bytes: Uint8Array): void {
  const { stream_ops: operations } = node;
  let bytesLeft = 64e6 + 16 * bytes.byteLength;
  let readsLeft = 200_000 + bytes.byteLength / 16;
  node.stream_ops = {
    ...operations,
    read(stream, buffer, offset, length, position) {
      bytesLeft -= length;
      readsLeft--;
      const isAllowed = bytesLeft >= 0 && readsLeft >= 0 && heapsAreSound(bytes, position, position + length);
      if (!isAllowed) throw new FS.ErrnoError(inputOutputError);
      return operations.read(stream, buffer, offset, length, position);
    },
  };
}

/** What libhdf5 may take for itself in a read, beside a few times the size of the file. */
const spareMemory = 16 * 1024 * 1024;
const inputOutputError = 29;
const standardError = 2;

/** Libhdf5 prints its reasons: kept for the error instead of the console. */
function collectMessages({ FS }: Library): { text(): string; restore(): void } {
  const characters: number[] = [];
  const stream = FS.streams[standardError];
  const tty = stream?.tty;
  if (stream && tty) {
    const put = (_: unknown, character: number | null) => {
      if (character !== null && characters.length < 10_000) characters.push(character);
    };
    stream.tty = { ...tty, ops: { ...tty.ops, put_char: put, fsync: () => undefined } };
  }
  return {
    text: () => new TextDecoder().decode(Uint8Array.from(characters)),
    restore: () => {
      if (stream && tty) stream.tty = tty;
    },
  };
}
