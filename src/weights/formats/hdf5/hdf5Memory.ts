/** The linear memory of a WebAssembly module, as much of it as is seen from outside. */
interface Module {
  readonly HEAPU8: Uint8Array;
}

interface Memory {
  readonly copy: Uint8Array;
  /** The module's own need: what damaged files made of it is not counted. */
  readonly ownBytes: number;
  /** When it was last left. */
  bytes: number;
}

const memories = new WeakMap<Module, Memory>();

/**
 * Remembers a module's memory, for the time of a synchronous call, to put it back if that fails. Meanwhile, it may not
 * grow by more than `allowance` bytes: damage can make a file ask for gigabytes.
 */
export function rememberMemory(
  module: Module,
  allowance: number,
): { limited<T>(run: () => T): T; release(failed: boolean): void } {
  const { HEAPU8: now } = module;
  const last = memories.get(module);
  // Had other code used the module and made it grow, what it grew by would be that code's.
  const ownBytes = last?.bytes === now.length ? last.ownBytes : now.length;
  // Into the same place each time, lest many reads in a row leave a heap of copies.
  const copy = last?.copy.length === now.length ? last.copy : new Uint8Array(now.length);
  copy.set(now);
  return {
    limited: (run) => limitGrowth(module, ownBytes + allowance, run),
    release: (failed) => {
      const { HEAPU8: after } = module;
      if (failed) after.fill(0, copy.length).set(copy);
      memories.set(module, {
        copy,
        ownBytes: failed ? ownBytes : Math.max(ownBytes, after.length),
        bytes: after.length,
      });
    },
  };
}

/**
 * A module that may not grow sees its allocation fail, and libhdf5 reports that. Modules do not show their memory, so
 * the method they all grow by is replaced while `run` runs.
 */
function limitGrowth<T>(module: Module, most: number, run: () => T): T {
  const prototype = WebAssembly.Memory.prototype;
  const grow = Object.getOwnPropertyDescriptor(prototype, 'grow')?.value as (
    this: WebAssembly.Memory,
    pages: number,
  ) => number;
  prototype.grow = function (this: WebAssembly.Memory, pages: number): number {
    if (this.buffer === module.HEAPU8.buffer && this.buffer.byteLength + pages * pageBytes > most)
      throw new RangeError('out of memory');
    return grow.call(this, pages);
  };
  try {
    return run();
  } finally {
    prototype.grow = grow;
  }
}

const pageBytes = 65536;
