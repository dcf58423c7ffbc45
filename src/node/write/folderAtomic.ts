import { mkdtemp, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { SpineError } from '../../errors.js';
import { makeFolders, removeMadeFolders } from './makeFolders.js';
import { orWriteFailed, writeFailed } from './writeAtomic.js';

/**
 * Makes a folder whole or not at all: `fill` writes into a hidden folder beside it, which is renamed at the end and
 * removed if anything fails. Folders that had to be made on the way go too.
 *
 * @throws SpineError `write-failed` if `directory` is there already and is not an empty folder.
 */
export async function makeFolderAtomic<T>(directory: string, fill: (temporary: string) => Promise<T>): Promise<T> {
  const path = resolve(directory);
  const parent = dirname(path);
  const existed = await checkFree(path);
  const made = await orWriteFailed(path, makeFolders(parent));
  let temporary: string | undefined;
  try {
    temporary = await orWriteFailed(path, mkdtemp(join(parent, `.${basename(path)}-`)));
    const result = await fill(temporary);
    if (existed) await orWriteFailed(path, rmdir(path));
    await orWriteFailed(path, rename(temporary, path));
    return result;
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    await removeMadeFolders(parent, made);
    throw error;
  }
}

/** Whether an empty folder is there. */
async function checkFree(path: string): Promise<boolean> {
  let entries: string[];
  try {
    entries = await readdir(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw writeFailed(path, cause);
  }
  if (entries.length === 0) return true;
  throw new SpineError(
    'write-failed',
    `${path} is there already and holds ${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}. Remove it first, or choose another folder.`,
    { details: { path } },
  );
}
