import { randomUUID } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { SpineError } from '../../errors.js';
import { checkEntryName, type ByteStore } from '../../store/index.js';
import { reasonOf } from '../reason.js';
import { writeFailed, writeThrough } from '../write/index.js';

/** Files being written. One that is there when a store is first used was left by a process that was killed. */
const unfinished = /^\.[\w.-]+\.[0-9a-f-]{36}\.part$/;

/**
 * A store in a folder: a file for each name. Files are flushed to disk and renamed into place, so that a process may be
 * killed, or the power lost, at any moment.
 *
 * @param directory belongs to one run at a time. Made when it is first written to; other files in it stay as they are.
 * @throws SpineError `invalid-argument` for an empty path. When it is used: `write-failed`; `file-missing` for a file
 *   that is there and cannot be read.
 */
export function folderStore(directory: string): ByteStore {
  if (typeof directory !== 'string' || directory === '') {
    throw new SpineError('invalid-argument', `The folder of a store must be a path; got ${JSON.stringify(directory)}.`);
  }
  const place = resolve(directory);
  let cleaned: Promise<void> | undefined;
  const clean = () => (cleaned ??= removeUnfinished(place));

  return {
    place,
    async read(name) {
      checkEntryName(name);
      const file = join(place, name);
      try {
        const bytes = await readFile(file);
        return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw new SpineError('file-missing', `${file} cannot be read: ${reasonOf(cause)}.`, {
          cause,
          details: { file },
        });
      }
    },
    async write(name, bytes, { durable = true } = {}) {
      checkEntryName(name);
      await clean();
      await writeThrough(join(place, name), join(place, `.${name}.${randomUUID()}.part`), bytes, durable);
    },
    async remove(name) {
      checkEntryName(name);
      const file = join(place, name);
      await rm(file, { force: true }).catch((cause: unknown) => {
        throw writeFailed(file, cause);
      });
    },
    async list() {
      await clean();
      const entries = await readdir(place, { withFileTypes: true }).catch(() => []);
      return entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.')).map(({ name }) => name);
    },
  };
}

async function removeUnfinished(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names)
    if (unfinished.test(name)) await rm(join(directory, name), { force: true }).catch(() => undefined);
}
