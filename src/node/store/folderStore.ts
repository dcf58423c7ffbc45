import { randomUUID } from 'node:crypto';
import { open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SpineError } from '../../errors.js';
import { reasonOf } from '../../reason.js';
import { checkEntryBytes, checkEntryName, type ByteStore } from '../../store/index.js';
import { writeFailed, writeThrough } from '../write/index.js';
import { isFree, noOwner, ownerNow } from './owner.js';
import { isPartial, openPartialEntry } from './partialEntry.js';

/**
 * A store in a folder: a file for each name. Files are flushed to disk and renamed into place, so that a process may be
 * killed, or the power lost, at any moment. Several processes may keep downloads in one folder; a run's checkpoints
 * want one of their own.
 *
 * @param directory made when it is first written to; other files in it stay as they are.
 * @throws SpineError `invalid-argument` for an empty path. When it is used: `write-failed`; `file-missing` for a file
 *   that is there and cannot be read.
 */
export function folderStore(directory: string): ByteStore {
  if (typeof directory !== 'string' || directory === '') {
    throw new SpineError('invalid-argument', `The folder of a store must be a path; got ${JSON.stringify(directory)}.`);
  }
  const files = filesOf(directory);
  return {
    place: files.place,
    list: () => files.list(),
    async read(name) {
      checkEntryName(name);
      const file = join(files.place, name);
      return files.read(name).catch((cause: unknown) => {
        throw new SpineError('file-missing', `${file} cannot be read: ${reasonOf(cause)}.`, {
          cause,
          details: { file },
        });
      });
    },
    async write(name, bytes, options) {
      checkEntryName(name);
      checkEntryBytes(bytes);
      await files.write(name, bytes, options);
    },
    async remove(name) {
      checkEntryName(name);
      await files.remove(name);
    },
    async openPartial(name) {
      checkEntryName(name);
      return openPartialEntry(files.place, name);
    },
  };
}

/** A store over any file of a folder. */
export interface FolderFiles extends ByteStore {
  /**
   * Puts the bytes of a file at the start of `target` if they fit. Gives how many it has; undefined if it is not there.
   */
  readInto(name: string, target: Uint8Array): Promise<number | undefined>;
}

/**
 * The files of a folder by their paths in it, whatever these are: a model that other software wrote names its shards as
 * it likes. What cannot be read is an error as the system gives it.
 */
export function filesOf(directory: string): FolderFiles {
  const place = resolve(directory);
  let cleaned: Promise<void> | undefined;
  const clean = () => (cleaned ??= removeUnfinished(place));
  return {
    place,
    async read(name) {
      const bytes = await ifThere(readFile(join(place, name)));
      return bytes && new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    },
    async readInto(name, target) {
      const file = await ifThere(open(join(place, name)));
      try {
        const size = (await file?.stat())?.size;
        if (file === undefined || size === undefined || size > target.length) return size;
        for (let done = 0; done < size;) {
          const { bytesRead } = await file.read(target, done, size - done, done);
          if (bytesRead === 0) throw new Error('it became shorter meanwhile');
          done += bytesRead;
        }
        return size;
      } finally {
        await file?.close();
      }
    },
    async write(name, bytes, { durable = true } = {}) {
      await clean();
      await writeThrough(join(place, name), join(place, unfinishedName(name)), bytes, durable);
    },
    async remove(name) {
      const file = join(place, name);
      await rm(file, { force: true }).catch((cause: unknown) => {
        throw writeFailed(file, cause);
      });
    },
    async list() {
      await clean();
      const entries = await readdir(place, { withFileTypes: true }).catch(() => []);
      return entries
        .filter((entry) => entry.isFile() && !entry.name.startsWith('.') && !isPartial(entry.name))
        .map(({ name }) => name);
    },
  };
}

async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw cause;
  }
}

/** A file being written, `.<name>.<owner>.<id>.part`; the longest names are cut, for the system bounds their length. */
const unfinishedName = (name: string) => `.${name.slice(0, 100)}.${ownerNow()}.${randomUUID()}.part`;

const unfinished = /^\.[\w.-]+?(?:\.(\w+-\d+))?\.[0-9a-f-]{36}\.part$/;

/** Removes what processes that were killed left half-written. */
async function removeUnfinished(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names) {
    const [isUnfinished, owner = noOwner] = unfinished.exec(name) ?? [];
    if (isUnfinished === undefined) continue;
    const file = join(directory, name);
    const found = await stat(file).catch(() => undefined);
    if (found && isFree(owner, found.mtimeMs)) await rm(file, { force: true }).catch(() => undefined);
  }
}
