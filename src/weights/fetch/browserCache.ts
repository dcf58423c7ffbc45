import { SpineError } from '../../errors.js';
import type { WeightCache } from './weightCache.js';
import type { WeightChecksum } from './checksum.js';

const checksumHeader = 'x-spine-xray-ml-checksum';

/**
 * Keeps weight files in the Cache Storage of a browser: whole files only, so a download that a reload of the page cuts
 * off starts anew. The browser may drop them when space is short; `caches.delete(name)` removes them all.
 *
 * @param name the cache's name (default 'spine-xray-ml').
 * @throws SpineError `write-failed`, when it is used, if the browser keeps nothing here (a page that is not served over
 *   https, private mode) or the space is spent.
 */
export function browserCache(name = 'spine-xray-ml'): WeightCache {
  async function using<T>(work: (cache: Cache) => Promise<T>): Promise<T> {
    try {
      return await work(await caches.open(name));
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new SpineError(
        'write-failed',
        `The browser's Cache Storage cannot be used: ${reason}. Make space, serve the page over https, or fetch with cache: false.`,
        { cause },
      );
    }
  }
  return {
    read: (key) =>
      using(async (cache) => {
        const response = await cache.match(key, { ignoreVary: true });
        const checksum = parseChecksum(response?.headers.get(checksumHeader));
        return response && checksum && { bytes: new Uint8Array(await response.arrayBuffer()), checksum };
      }),
    write: (key, { bytes, checksum }) =>
      using((cache) => {
        const headers = {
          'content-type': 'application/octet-stream',
          [checksumHeader]: `${checksum.algorithm}:${checksum.value}`,
        };
        return cache.put(key, new Response(bytes as Uint8Array<ArrayBuffer>, { headers }));
      }),
    remove: (key) => using(async (cache) => void (await cache.delete(key, { ignoreVary: true }))),
  };
}

function parseChecksum(text: string | null | undefined): WeightChecksum | undefined {
  const [, algorithm, value] = /^(md5|sha256):([0-9a-f]+)$/.exec(text ?? '') ?? [];
  return algorithm && value ? { algorithm: algorithm as WeightChecksum['algorithm'], value } : undefined;
}
