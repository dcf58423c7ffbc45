/**
 * Runs `work` over `items` in order, at most `concurrency` at a time. After the first failure or an abort no further
 * item is begun, and the promise rejects once those under way have ended: nothing runs on behind the caller's back.
 */
export async function forEachParallel<T>(
  items: readonly T[],
  options: { readonly concurrency: number; readonly signal?: AbortSignal | undefined },
  work: (item: T, index: number) => Promise<void>,
): Promise<void> {
  const failures: unknown[] = [];
  let next = 0;
  const lane = async () => {
    while (failures.length === 0 && next < items.length) {
      const index = next++;
      try {
        options.signal?.throwIfAborted();
        await work(items[index] as T, index);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(options.concurrency, items.length) }, lane));
  if (failures.length > 0) throw failures[0];
  options.signal?.throwIfAborted();
}
