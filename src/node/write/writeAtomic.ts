import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SpineError } from '../../errors.js';
import { reasonOf } from '../../reason.js';
import { makeFolders } from './makeFolders.js';

/**
 * Writes a whole file or none: into a hidden file beside it, flushed to disk, then renamed over the old one. Folders
 * on the way are made. Text is written in UTF-8.
 *
 * @throws SpineError `write-failed`; the old file is then as it was.
 */
export async function writeFileAtomic(file: string | URL, data: string | Uint8Array): Promise<void> {
  const path = file instanceof URL ? fileURLToPath(file) : file;
  await writeThrough(path, join(dirname(path), `.${basename(path)}.${randomUUID()}`), data, true);
}

/** Writes `temporary` and renames it to `path`; flushed to disk, both file and name, if it is to be durable. */
export async function writeThrough(
  path: string,
  temporary: string,
  data: string | Uint8Array,
  durable: boolean,
): Promise<void> {
  try {
    await makeFolders(dirname(path));
    const handle = await open(temporary, 'wx');
    try {
      await handle.writeFile(data);
      if (durable) await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    if (durable) await flushFolder(dirname(path));
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw writeFailed(path, cause);
  }
}

/** Until its folder is flushed a new name may be lost with the power, though never a part of the file. */
async function flushFolder(path: string): Promise<void> {
  // Windows opens no folders, and some network drives flush none.
  const handle = await open(path, 'r').catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

/** Passes a result on, and a failure as `write-failed`. */
export async function orWriteFailed<T>(path: string, writing: Promise<T>): Promise<T> {
  try {
    return await writing;
  } catch (cause) {
    throw writeFailed(path, cause);
  }
}

export function writeFailed(path: string, cause: unknown): SpineError {
  return new SpineError('write-failed', `${path} could not be written: ${reasonOf(cause)}.`, {
    cause,
    details: { path },
  });
}
