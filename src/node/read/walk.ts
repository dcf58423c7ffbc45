import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { SpineError } from '../../errors.js';
import { reasonOf } from '../../reason.js';

/** Files that count as images in a folder, by their ending in any case. */
export const imageExtensions = ['.png', '.jpg', '.jpeg', '.tif', '.tiff', '.webp'] as const;

export const isImageName = (name: string) =>
  imageExtensions.some((extension) => name.toLowerCase().endsWith(extension));

/** Among class folders, the one of images without a label. */
export const unlabelledFolder = '_unlabelled';

export interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'folder';
}

/** The visible files and folders of a folder, sorted by code unit; links count as what they lead to. */
export async function listFolder(directory: string): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const entry of await readFolder(directory)) {
    if (entry.name.startsWith('.')) continue;
    const target = entry.isSymbolicLink() ? await stat(join(directory, entry.name)).catch(() => undefined) : entry;
    if (target?.isDirectory()) entries.push({ name: entry.name, kind: 'folder' });
    if (target?.isFile()) entries.push({ name: entry.name, kind: 'file' });
  }
  return entries.sort((a, b) => byCodeUnit(a.name, b.name));
}

/** Paths of all images under a folder, relative to it with `/` between names, sorted by code unit. */
export async function findImages(directory: string): Promise<string[]> {
  const found: string[] = [];
  const visit = async (folder: string, prefix: string, ancestors: readonly string[]) => {
    const entries = await listFolder(folder);
    const real = await realpath(folder);
    // A link to a folder above would lead round for ever.
    if (ancestors.includes(real)) return;
    for (const entry of entries) {
      const path = prefix + entry.name;
      if (entry.kind === 'folder') await visit(join(folder, entry.name), `${path}/`, [...ancestors, real]);
      else if (isImageName(entry.name)) found.push(path);
    }
  };
  await visit(directory, '', []);
  return found.sort(byCodeUnit);
}

/** Order by UTF-16 code unit: the same on every machine, whatever its language. */
export const byCodeUnit = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

async function readFolder(directory: string) {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const details = { directory };
    if (code === 'ENOENT') throw new SpineError('file-missing', `There is no folder ${directory}.`, { cause, details });
    if (code === 'ENOTDIR') {
      throw new SpineError('file-missing', `${directory} is a file, not a folder.`, { cause, details });
    }
    throw new SpineError('file-missing', `The folder ${directory} cannot be read: ${reasonOf(cause)}.`, {
      cause,
      details,
    });
  }
}
