/** Runs tasks in the order they come, at most `limit` at a time. */
export function createLimiter(limit: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running < limit) running++;
    else await new Promise<void>((start) => waiting.push(start));
    try {
      return await task();
    } finally {
      // The place goes straight to the next task, so that none which comes meanwhile can take it.
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
