import { mkdir, rmdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Makes a folder, and those above it that are not there: one by one, for Node's own recursive way never ends where the
 * system says that a folder's parent is absent though it is there (below /proc).
 *
 * @returns the uppermost folder made, if any. What fails is an error as the system gives it.
 */
export async function makeFolders(directory: string): Promise<string | undefined> {
  const path = resolve(directory);
  if (await isFolder(path)) return undefined;
  const parent = dirname(path);
  const made = parent === path ? undefined : await makeFolders(parent);
  try {
    await mkdir(path);
    return made ?? path;
  } catch (error) {
    // Another process may have been first.
    if (await isFolder(path)) return made;
    throw error;
  }
}

async function isFolder(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isDirectory() ?? false;
}

/** Undoes {@link makeFolders}: removes `path` and the folders above it up to `made`, as far as they are empty. */
export async function removeMadeFolders(path: string, made: string | undefined): Promise<void> {
  if (made === undefined) return;
  try {
    for (let folder = path; folder.startsWith(made); folder = dirname(folder)) await rmdir(folder);
  } catch {
    // Someone else has put something there: it stays.
  }
}
