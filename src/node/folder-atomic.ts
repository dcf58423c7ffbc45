import { mkdir, mkdtemp, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { SpineError } from '../errors.js';
import { writeFailed } from './write-atomic.js';

/**
 * Makes a folder whole or not at all: `fill` writes into a hidden folder beside it, which is renamed at the end and
 * removed if anything fails. Folders that had to be made on the way go too.
 *
 * @throws SpineError `write-failed` if `directory` is there already and is not an empty folder.
 */
export async function makeFolderAtomic<T>(directory: string, fill: (temporary: string) => Promise<T>): Promise<T> {
  const path = resolve(directory);
  const existed = await checkFree(path);
  let made: string | undefined;
  let temporary: string | undefined;
  try {
    made = await mkdir(dirname(path), { recursive: true });
    temporary = await mkdtemp(join(dirname(path), `.${basename(path)}-`));
    const result = await fill(temporary);
    if (existed) await rmdir(path);
    await rename(temporary, path);
    return result;
  } catch (error) {
    for (const left of [temporary, made]) {
      if (left !== undefined) await rm(left, { recursive: true, force: true }).catch(() => undefined);
    }
    throw isSystemError(error) ? writeFailed(path, error) : error;
  }
}

/** Whether an empty folder is there. */
async function checkFree(path: string): Promise<boolean> {
  try {
    const entries = await readdir(path);
    if (entries.length === 0) return true;
    throw new SpineError(
      'write-failed',
      `${path} is there already and holds ${entries.length} ${entries.length === 1 ? 'entry' : 'entries'}. Remove it first, or choose another folder.`,
      { details: { path } },
    );
  } catch (error) {
    if (!isSystemError(error)) throw error;
    if (error.code === 'ENOENT') return false;
    throw writeFailed(path, error);
  }
}

const isSystemError = (error: unknown): error is NodeJS.ErrnoException =>
  error instanceof Error && 'syscall' in error && 'code' in error;
