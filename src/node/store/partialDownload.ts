import { randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { mkdir, open, readdir, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { FileVersion, PartialDownload } from '../../weights/index.js';
import { orWriteFailed } from '../write/index.js';

/** A file that has not grown for so long (in ms) is taken to be left, whoever owns it. */
const idle = 15 * 60_000;

/**
 * Opens the file in which a download gathers, `<prefix>.<owner>.<id>.partial`: one line of JSON that says which version
 * of the file it is, then the bytes. Each download has a file of its own; one that nobody owns any more is taken over,
 * by renaming it, which only one of several processes can do.
 *
 * @throws SpineError `write-failed`.
 */
export async function openPartialDownload(directory: string, prefix: string): Promise<PartialDownload> {
  const owned = join(directory, nameOf(prefix, ownerNow()));
  await orWriteFailed(directory, mkdir(directory, { recursive: true }));
  await takeOver(directory, prefix, owned);
  const file = await orWriteFailed(owned, open(owned, constants.O_RDWR | constants.O_CREAT));
  const content = await readFile(file);
  return writerOf(file, owned, parse(content), content.length, join(directory, nameOf(prefix, 'left')));
}

function writerOf(
  file: FileHandle,
  owned: string,
  left: PartialDownload['left'],
  length: number,
  leftPath: string,
): PartialDownload {
  let position = length;
  let bytesKept = left?.bytes.length ?? 0;
  const write = async (bytes: Uint8Array) => {
    for (let start = 0; start < bytes.length;) {
      const { bytesWritten } = await file.write(bytes, start, bytes.length - start, position);
      start += bytesWritten;
      position += bytesWritten;
    }
  };
  return {
    left,
    restart: (version) =>
      orWriteFailed(
        owned,
        (async () => {
          await file.truncate(0);
          position = 0;
          bytesKept = 0;
          await write(headOf(version));
        })(),
      ),
    async append(bytes) {
      await orWriteFailed(owned, write(bytes));
      bytesKept += bytes.length;
    },
    async close(keep) {
      await file.close();
      if (keep && bytesKept > 0) await rename(owned, leftPath).catch(() => undefined);
      else await rm(owned, { force: true }).catch(() => undefined);
    },
  };
}

const headOf = (version: FileVersion) => new TextEncoder().encode(`${JSON.stringify(version)}\n`);

function parse(content: Uint8Array): PartialDownload['left'] {
  const end = content.indexOf(0x0a);
  if (end < 0 || end + 1 === content.length) return undefined;
  try {
    const { etag, lastModified } = JSON.parse(new TextDecoder().decode(content.subarray(0, end))) as Record<
      string,
      unknown
    >;
    const version = {
      ...(typeof etag === 'string' && { etag }),
      ...(typeof lastModified === 'string' && { lastModified }),
    };
    return { version, bytes: content.subarray(end + 1) };
  } catch {
    return undefined;
  }
}

const machine = () => hostname().replace(/\W+/g, '_').slice(0, 40);
const ownerNow = () => `${machine()}-${process.pid}`;
const nameOf = (prefix: string, owner: string) => `${prefix}.${owner}.${randomUUID()}.partial`;

/** Renames the largest of the files that nobody owns to `owned`, and removes the others. */
async function takeOver(directory: string, prefix: string, owned: string): Promise<void> {
  const names = (await readdir(directory).catch(() => [])).filter(
    (name) => name.startsWith(`${prefix}.`) && name.endsWith('.partial'),
  );
  const free: { path: string; size: number }[] = [];
  for (const name of names) {
    const path = join(directory, name);
    const found = await stat(path).catch(() => undefined);
    if (found && isFree(name.split('.')[1] ?? '', found.mtimeMs)) free.push({ path, size: found.size });
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

/** Whether the process that wrote a partial file has let go of it: it said so, or it is no more. */
function isFree(owner: string, modified: number): boolean {
  if (owner === 'left' || Date.now() - modified > idle) return true;
  const [, where, pid] = /^(\w+)-(\d+)$/.exec(owner) ?? [];
  if (where !== machine()) return false;
  // In a container, every run may have the same number.
  const began = Date.now() - 1000 * process.uptime();
  return Number(pid) === process.pid ? modified < began : !isRunning(Number(pid));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Not allowed to signal it: it runs, as somebody else.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
