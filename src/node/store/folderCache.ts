import { createHash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { SpineError } from '../../errors.js';
import type { WeightCache, WeightChecksum } from '../../weights/index.js';
import { openPartialDownload } from './partialDownload.js';
import { writeFileAtomic } from '../write/index.js';

/**
 * Keeps weight files in a folder, each whole under a name that ends in its own: `<address>.<checksum>.model.h5`, where
 * the address is hashed. Part of a file that was cut off lies beside, and the next download goes on from there. Several
 * processes may use one folder at once.
 *
 * @param directory default: `spine-xray-ml` in the user's cache folder, which is `$XDG_CACHE_HOME` or else `~/.cache`
 *   (macOS: `~/Library/Caches`, Windows: `%LOCALAPPDATA%`). Made when it is first written to.
 */
export function folderCache(directory = join(userCacheFolder(), 'spine-xray-ml')): WeightCache {
  if (typeof directory !== 'string' || directory === '') {
    throw new SpineError(
      'invalid-argument',
      `The folder of a weight cache must be a path; got ${JSON.stringify(directory)}.`,
    );
  }
  return {
    async read(key) {
      for (const { name, checksum } of await filesOf(directory, key)) {
        const bytes = await readFile(join(directory, name)).catch(() => undefined);
        if (bytes) return { bytes: new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length), checksum };
      }
      return undefined;
    },
    async write(key, { bytes, checksum }) {
      const older = await filesOf(directory, key);
      const name = `${hashOf(key)}.${checksum.algorithm}-${checksum.value}.${lastName(key)}`;
      await writeFileAtomic(join(directory, name), bytes);
      for (const file of older) if (file.name !== name) await rm(join(directory, file.name), { force: true });
    },
    async remove(key) {
      for (const { name } of await filesOf(directory, key)) await rm(join(directory, name), { force: true });
    },
    openPartial: (key) => openPartialDownload(directory, hashOf(key)),
  };
}

const hashOf = (key: string) => createHash('sha256').update(key).digest('hex').slice(0, 16);

/** The file's name at the end of an address, made safe and not too long. */
const lastName = (key: string) =>
  (new URL(key).pathname.split('/').at(-1) ?? '').replace(/[^\w.-]+/g, '_').slice(-100) || 'weights';

/** The whole files kept for a key: one, unless two processes have fetched different ones. */
async function filesOf(directory: string, key: string): Promise<{ name: string; checksum: WeightChecksum }[]> {
  const names = await readdir(directory).catch(() => []);
  return names.flatMap((name) => {
    const [, algorithm, value] = /^[0-9a-f]{16}\.(md5|sha256)-([0-9a-f]+)\./.exec(name) ?? [];
    if (!name.startsWith(`${hashOf(key)}.`) || algorithm === undefined || value === undefined) return [];
    return [{ name, checksum: { algorithm: algorithm as WeightChecksum['algorithm'], value } }];
  });
}

function userCacheFolder(): string {
  // The standard has relative paths ignored.
  const chosen = process.env['XDG_CACHE_HOME'];
  if (chosen && isAbsolute(chosen)) return chosen;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  if (process.platform === 'win32') return process.env['LOCALAPPDATA'] ?? join(homedir(), 'AppData', 'Local');
  return join(homedir(), '.cache');
}
