import { SpineError } from '../errors.js';
import { reasonOf } from '../reason.js';
import { checkEntryBytes, checkEntryName, type ByteStore } from './byteStore.js';

/** Browsers limit the size of one value; an entry is as many pieces as it takes. */
const pieceBytes = 2 ** 24;

const table = 'pieces';

/** Key of a piece: its entry's name, and its place in it. Arrays are ordered element by element, and `[]` after numbers. */
const keysOf = (name: string) => IDBKeyRange.bound([name], [name, []]);

/**
 * A store in a database of the browser's (IndexedDB), which outlives the page. The browser may drop it when space is
 * short, unless `navigator.storage.persist()` was granted; `indexedDB.deleteDatabase(name)` removes it.
 *
 * @param name the database's name: one for each run whose checkpoints are kept.
 * @throws SpineError `invalid-argument` for an empty name; `write-failed` if there is no IndexedDB here (in Node use
 *   `folderStore`), and, when it is used, if the browser refuses (private mode, no space left).
 */
export function indexedDBStore(name: string): ByteStore {
  if (typeof name !== 'string' || name === '') {
    throw new SpineError('invalid-argument', `The database of a store must have a name; got ${JSON.stringify(name)}.`);
  }
  const { indexedDB } = globalThis as { indexedDB?: IDBFactory };
  if (!indexedDB) {
    throw new SpineError(
      'write-failed',
      'There is no IndexedDB here. In Node use folderStore of spine-xray-ml/node; in a worklet or an old browser, memoryStore.',
    );
  }

  let opened: Promise<IDBDatabase> | undefined;
  const open = () => {
    opened ??= openDatabase(indexedDB, name, () => (opened = undefined));
    opened.catch(() => (opened = undefined));
    return opened;
  };
  async function run<T>(
    mode: IDBTransactionMode,
    durability: IDBTransactionDurability,
    work: (pieces: IDBObjectStore) => IDBRequest<T> | undefined,
  ): Promise<T | undefined> {
    try {
      const transaction = (await open()).transaction(table, mode, { durability });
      const completion = completed(transaction);
      let request: IDBRequest<T> | undefined;
      try {
        request = work(transaction.objectStore(table));
      } catch (error) {
        // Else the browser would carry out what was asked for before: half of an entry in place of the whole one.
        completion.catch(() => undefined);
        transaction.abort();
        throw error;
      }
      await completion;
      return request?.result;
    } catch (cause) {
      throw new SpineError(
        'write-failed',
        `The browser's database "${name}" cannot be used: ${reasonOf(cause)}. Make space, or leave private mode.`,
        { cause },
      );
    }
  }

  return {
    place: `the browser's database "${name}"`,
    async read(entry) {
      checkEntryName(entry);
      const pieces = await run(
        'readonly',
        'default',
        (store) => store.getAll(keysOf(entry)) as IDBRequest<Uint8Array[]>,
      );
      return pieces && pieces.length > 0 ? joined(pieces) : undefined;
    },
    async write(entry, bytes, { durable = true } = {}) {
      checkEntryName(entry);
      checkEntryBytes(bytes);
      await run('readwrite', durable ? 'strict' : 'relaxed', (store) => {
        store.delete(keysOf(entry));
        // Nothing at all would be no entry: an empty one is one empty piece.
        for (let piece = 0; piece === 0 || piece * pieceBytes < bytes.length; piece++) {
          store.put(new Uint8Array(bytes.subarray(piece * pieceBytes, (piece + 1) * pieceBytes)), [entry, piece]);
        }
        return undefined;
      });
    },
    async remove(entry) {
      checkEntryName(entry);
      await run('readwrite', 'default', (store) => store.delete(keysOf(entry)));
    },
    async list() {
      const keys = await run('readonly', 'default', (store) => store.getAllKeys());
      return (keys ?? [])
        .map((key) => key as [string, number])
        .filter(([, piece]) => piece === 0)
        .map(([entry]) => entry);
    },
  };
}

function openDatabase(factory: IDBFactory, name: string, onClose: () => void): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = factory.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(table);
    request.onerror = () => reject(request.error ?? new Error('it cannot be opened'));
    request.onsuccess = () => {
      const database = request.result;
      // Whoever deletes the database waits until nobody has it open.
      database.onversionchange = () => {
        database.close();
        onClose();
      };
      database.onclose = onClose;
      resolve(database);
    };
  });
}

function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error ?? new Error('the transaction was aborted'));
    transaction.onerror = () => reject(transaction.error ?? new Error('the transaction failed'));
  });
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  if (pieces.length === 1) return pieces[0]!;
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let start = 0;
  for (const piece of pieces) {
    bytes.set(piece, start);
    start += piece.length;
  }
  return bytes;
}
