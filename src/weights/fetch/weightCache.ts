import type { ByteStore } from '../../store/index.js';
import { isSpineError } from '../../errors.js';
import { openPartialFile, type PartialFile } from './partialFile.js';
import type { WeightChecksum } from './checksum.js';

/** A file as it is kept. */
export interface KeptFile {
  readonly bytes: Uint8Array;
  /** What the file hashed to, whole, when it was written. */
  readonly checksum: WeightChecksum;
}

/**
 * Downloaded files in a store, by their addresses. What is read must be verified against its checksum by the caller:
 * the store may be anything that keeps bytes.
 */
export interface WeightCache {
  /** The file kept for an address, or undefined. */
  read(url: string): Promise<KeptFile | undefined>;
  /** Keeps a verified file in place of what was there. */
  write(url: string, file: KeptFile): Promise<void>;
  /** Removes what `read` gave, which was damaged. */
  remove(url: string): Promise<void>;
  /** Opens what has come of a file so far, where the store keeps such; else each download starts from nothing. */
  openPartial(url: string): Promise<PartialFile | undefined>;
}

/** Files are entries `<address, hashed>.<algorithm>-<checksum>.<the file's own name>`. */
export function weightCache(store: ByteStore): WeightCache {
  const remove = async (names: readonly string[]) => {
    for (const name of names) await store.remove(name);
  };
  return {
    async read(url) {
      for (const { name, checksum } of await entriesOf(store, url)) {
        const bytes = await store.read(name).catch((error: unknown) => {
          // One that cannot be read is as good as none: it is fetched again.
          if (!isSpineError(error, 'file-missing')) throw error;
        });
        if (bytes) return { bytes, checksum };
      }
      return undefined;
    },
    async write(url, { bytes, checksum }) {
      const older = await entriesOf(store, url);
      const name = `${await hashOf(url)}.${checksum.algorithm}-${checksum.value}.${lastName(url)}`;
      await store.write(name, bytes);
      await remove(older.map((entry) => entry.name).filter((other) => other !== name));
    },
    async remove(url) {
      await remove((await entriesOf(store, url)).map(({ name }) => name));
    },
    async openPartial(url) {
      return store.openPartial && openPartialFile(await store.openPartial(await hashOf(url)));
    },
  };
}

async function hashOf(url: string): Promise<string> {
  const { createSHA256 } = await import('../../hashers.js');
  return (await createSHA256()).init().update(url).digest('hex').slice(0, 16);
}

/** The file's name at the end of an address, made safe and not too long. */
const lastName = (url: string) =>
  (new URL(url).pathname.split('/').at(-1) ?? '').replace(/[^\w.-]+/g, '_').slice(-100) || 'weights';

/** The whole files kept for an address: one, unless two processes have fetched different ones. */
async function entriesOf(store: ByteStore, url: string): Promise<{ name: string; checksum: WeightChecksum }[]> {
  const prefix = await hashOf(url);
  return (await store.list()).flatMap((name) => {
    const [, hash, algorithm, value] = /^([0-9a-f]{16})\.(md5|sha256)-([0-9a-f]+)\./.exec(name) ?? [];
    if (hash !== prefix || algorithm === undefined || value === undefined) return [];
    return [{ name, checksum: { algorithm: algorithm as WeightChecksum['algorithm'], value } }];
  });
}
