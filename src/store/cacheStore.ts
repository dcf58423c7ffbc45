import { SpineError } from '../errors.js';
import { reasonOf } from '../reason.js';
import { checkEntryBytes, checkEntryName, type ByteStore } from './byteStore.js';

/** Cache Storage keeps answers to requests: an entry is one to an address that no server can have. */
const base = 'https://store.invalid/';

/**
 * A store in the Cache Storage of a browser, which outlives the page and suits large files. The browser may drop it when
 * space is short, unless `navigator.storage.persist()` was granted; `caches.delete(name)` removes it. Entries are whole
 * or absent, but when they reach the disk is the browser's affair: against a loss of power take {@link indexedDBStore}.
 *
 * @param name the cache's name.
 * @throws SpineError `invalid-argument` for an empty name; `write-failed` if there is no Cache Storage here (Node, or a
 *   page that is not served over https) and, when it is used, if the browser refuses (private mode, no space left).
 */
export function cacheStore(name: string): ByteStore {
  if (typeof name !== 'string' || name === '')
    throw new SpineError('invalid-argument', `The cache of a store must have a name; got ${JSON.stringify(name)}.`);
  const { caches } = globalThis as { caches?: CacheStorage };
  if (!caches) {
    throw new SpineError(
      'write-failed',
      'There is no Cache Storage here. In Node use folderStore of spine-xray-ml/node; serve a page over https.',
    );
  }
  async function using<T>(work: (cache: Cache) => Promise<T>): Promise<T> {
    try {
      return await work(await caches!.open(name));
    } catch (cause) {
      throw new SpineError(
        'write-failed',
        `The browser's Cache Storage "${name}" cannot be used: ${reasonOf(cause)}. Make space, leave private mode, or fetch with cache: false.`,
        { cause },
      );
    }
  }
  return {
    place: `the browser's Cache Storage "${name}"`,
    async read(entry) {
      checkEntryName(entry);
      return using(async (cache) => {
        const response = await cache.match(base + entry);
        return response && new Uint8Array(await response.arrayBuffer());
      });
    },
    async write(entry, bytes) {
      checkEntryName(entry);
      checkEntryBytes(bytes);
      const headers = { 'content-type': 'application/octet-stream' };
      await using((cache) => cache.put(base + entry, new Response(bytes as Uint8Array<ArrayBuffer>, { headers })));
    },
    async remove(entry) {
      checkEntryName(entry);
      await using((cache) => cache.delete(base + entry));
    },
    list: () =>
      using(async (cache) =>
        (await cache.keys()).flatMap(({ url }) => (url.startsWith(base) ? [url.slice(base.length)] : [])),
      ),
  };
}
