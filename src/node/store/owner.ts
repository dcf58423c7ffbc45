import { hostname } from 'node:os';

/** A file that has not grown for so long (in ms) is taken to be abandoned, by any owner. */
const idle = 15 * 60_000;

const machine = () => hostname().replace(/\W+/g, '_').slice(0, 40);

/** This process, as the names of files that it is writing carry it: `<machine>-<pid>`. */
export const ownerNow = () => `${machine()}-${process.pid}`;

/** Stands in place of an owner in the name of a file that its writer has let go of. */
export const noOwner = 'left';

/**
 * Whether the process that was writing a file has let go of it: it said so, or it is no more.
 *
 * @param owner from the file's name.
 * @param modified when the file was last written to, in ms since 1970.
 */
export function isFree(owner: string, modified: number): boolean {
  if (owner === noOwner || Date.now() - modified > idle) return true;
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
    // Not allowed to signal it: it runs, under another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
