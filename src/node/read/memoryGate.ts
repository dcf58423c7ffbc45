/**
 * Lets work in as long as the bytes it needs fit a budget; the rest waits its turn, in order. A piece larger than the
 * whole budget runs alone.
 */
export interface MemoryGate {
  run<T>(bytes: number, work: () => Promise<T>): Promise<T>;
}

export function createMemoryGate(budget: number): MemoryGate {
  const waiting: { readonly bytes: number; readonly enter: () => void }[] = [];
  let used = 0;

  const fits = (bytes: number) => used === 0 || used + bytes <= budget;
  const admit = () => {
    for (let first = waiting[0]; first && fits(first.bytes); first = waiting[0]) {
      waiting.shift();
      used += first.bytes;
      first.enter();
    }
  };

  return {
    async run(bytes, work) {
      await new Promise<void>((enter) => {
        waiting.push({ bytes, enter });
        admit();
      });
      try {
        return await work();
      } finally {
        used -= bytes;
        admit();
      }
    },
  };
}
