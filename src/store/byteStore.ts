import { isPromise, quoted } from '../arguments.js';
import { SpineError } from '../errors.js';
import type { Rule } from '../options.js';

/**
 * A place where named bytes outlive the call that wrote them: a folder (`folderStore` of `spine-xray-ml/node`), a
 * browser's database ({@link indexedDBStore}) or Cache Storage ({@link cacheStore}), memory ({@link memoryStore}), or
 * anything else that keeps these promises. Checkpoints, results of frozen layers, downloaded weights and models
 * ({@link storeHandler}) are kept in any of them.
 *
 * Names are letters, digits, `_`, `-` and `.`, at most 200 of them, and do not begin with a dot.
 */
export interface ByteStore {
  /** What the place is called in messages: a path, say. */
  readonly place: string;
  /** The bytes of that name, which are the caller's from then on; undefined if there are none. */
  read(name: string): Promise<Uint8Array | undefined>;
  /**
   * Puts bytes under a name, whole or not at all: whenever the process ends, a reader finds the old ones or the new ones.
   * Once the promise is fulfilled they also outlive a loss of power, which takes longer, unless `durable` is false
   * (default true).
   */
  write(name: string, bytes: Uint8Array, options?: { readonly durable?: boolean }): Promise<void>;
  /** Forgets a name; one that is not there is no error. */
  remove(name: string): Promise<void>;
  /** The names there are, in any order. */
  list(): Promise<readonly string[]>;
  /**
   * Opens an entry in the making, whose bytes outlive the process though it never becomes whole: a download that was cut
   * goes on from there. It is neither read nor listed as an entry. A store without this begins each download anew.
   */
  openPartial?(name: string): Promise<PartialEntry>;
}

/** What has come of an entry so far. It belongs to one writer: others that open the same name get one of their own. */
export interface PartialEntry {
  /** What an earlier writer left, or undefined. Asked once, before anything is written. */
  left(): Promise<Uint8Array | undefined>;
  /** Drops all bytes. */
  restart(): Promise<void>;
  /** Adds bytes at the end. */
  append(bytes: Uint8Array): Promise<void>;
  /** Lets go of it. The bytes stay for the next writer if they are to be kept, and are removed otherwise. */
  close(keep: boolean): Promise<void>;
}

/** File systems bound a name at 255 bytes; a store may put something of its own behind it. */
export const longestEntryName = 200;

/** Whether every store takes that name. */
export const isEntryName = (name: string): boolean =>
  typeof name === 'string' && name.length <= longestEntryName && /^[\w-][\w.-]*$/.test(name);

/** @throws SpineError `invalid-argument` for a name that not every store takes. */
export function checkEntryName(name: string): void {
  if (isEntryName(name)) return;
  throw new SpineError(
    'invalid-argument',
    `A store names its entries by letters, digits, "_", "-" and ".", at most ${longestEntryName} of them and no dot first, not ${quoted(name)}.`,
  );
}

/** @throws SpineError `invalid-argument` for what is no bytes, such as text, where an entry is to be written. */
export function checkEntryBytes(bytes: Uint8Array): void {
  const given: unknown = bytes;
  // By its name, for a page and its frames have a Uint8Array each.
  if (Object.prototype.toString.call(given) === '[object Uint8Array]') return;
  const hint =
    typeof given === 'string'
      ? ' Encode it: new TextEncoder().encode(text).'
      : given instanceof ArrayBuffer
        ? ' Wrap it: new Uint8Array(buffer).'
        : isPromise(given)
          ? ' Await it.'
          : '';
  throw new SpineError('invalid-argument', `A store keeps bytes, as a Uint8Array; got ${quoted(given)}.${hint}`);
}

/** An option that is a store. */
export const byteStore: Rule<ByteStore> = {
  expects:
    'a store (read, write, remove, list), such as folderStore(directory) of spine-xray-ml/node or indexedDBStore(name)',
  accepts: isStore,
};

/** @throws SpineError `invalid-argument` for an object that is no store. */
export function checkStore(option: string, store: ByteStore): void {
  if (isStore(store)) return;
  throw new SpineError(
    'invalid-argument',
    `${option} must be ${byteStore.expects}, got ${store === null ? 'null' : typeof store}.`,
  );
}

function isStore(store: unknown): store is ByteStore {
  const given = store as Partial<Record<keyof ByteStore, unknown>> | null | undefined;
  const methods = ['read', 'write', 'remove', 'list'] as const;
  return typeof given === 'object' && given !== null && methods.every((method) => typeof given[method] === 'function');
}
