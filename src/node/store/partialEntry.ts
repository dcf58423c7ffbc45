import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { open, readdir, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { PartialEntry } from '../../store/index.js';
import { makeFolders, orWriteFailed } from '../write/index.js';
import { isFree, noOwner, ownerNow } from './owner.js';

/** `<name>.<owner>.<id>.partial`: an entry in the making. */
const partialName = /^(.+)\.([\w-]+)\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.partial$/;

const nameOf = (name: string, owner: string) => `${name}.${owner}.${randomUUID()}.partial`;

/** What its files are called after: the name, or what stands for one that would leave no room for owner and id. */
const stemOf = (name: string) =>
  name.length <= 140 ? name : `${name.slice(0, 100)}-${createHash('sha256').update(name).digest('hex').slice(0, 32)}`;

/** Whether a file of a store's folder is no entry, but one in the making. */
export const isPartial = (file: string): boolean => partialName.test(file);

/**
 * Opens the file in which an entry gathers. Each writer has a file of its own; an abandoned one is taken
 * over, by renaming it, which only one of several processes can do.
 *
 * @throws SpineError `write-failed`.
 */
export async function openPartialEntry(directory: string, entry: string): Promise<PartialEntry> {
  const name = stemOf(entry);
  const owned = join(directory, nameOf(name, ownerNow()));
  await orWriteFailed(directory, makeFolders(directory));
  await takeOver(directory, name, owned);
  const file = await orWriteFailed(owned, open(owned, constants.O_RDWR | constants.O_CREAT));
  const { size } = await file.stat();
  return entryOf(file, size, owned, join(directory, nameOf(name, noOwner)));
}

function entryOf(file: FileHandle, size: number, owned: string, leftPath: string): PartialEntry {
  let position = size;
  const write = async (bytes: Uint8Array) => {
    for (let start = 0; start < bytes.length;) {
      const { bytesWritten } = await file.write(bytes, start, bytes.length - start, position);
      start += bytesWritten;
      position += bytesWritten;
    }
  };
  return {
    async left() {
      const bytes = await orWriteFailed(owned, readFile(file));
      return bytes.length === 0 ? undefined : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    },
    async restart() {
      await orWriteFailed(owned, file.truncate(0));
      position = 0;
    },
    append: (bytes) => orWriteFailed(owned, write(bytes)),
    async close(keep) {
      await file.close();
      if (keep && position > 0) await rename(owned, leftPath).catch(() => undefined);
      else await rm(owned, { force: true }).catch(() => undefined);
    },
  };
}

/** Renames the largest of the abandoned files to `owned`, and removes the others. */
async function takeOver(directory: string, name: string, owned: string): Promise<void> {
  const free: { path: string; size: number }[] = [];
  for (const file of await readdir(directory).catch(() => [])) {
    const [, entry, owner] = partialName.exec(file) ?? [];
    if (entry !== name || owner === undefined) continue;
    const path = join(directory, file);
    const found = await stat(path).catch(() => undefined);
    if (found && isFree(owner, found.mtimeMs)) free.push({ path, size: found.size });
  }
  free.sort((a, b) => b.size - a.size);
  let isTaken = false;
  for (const { path } of free) {
    if (isTaken) await rm(path, { force: true }).catch(() => undefined);
    else
      isTaken = await rename(path, owned).then(
        () => true,
        () => false,
      );
  }
}
