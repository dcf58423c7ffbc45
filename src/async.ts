/** Long enough that a pause costs little, short enough that a page or a terminal stays alive. */
const millisecondsBetweenPauses = 50;

let lastPause = 0;

/**
 * To await between batches. Backends that compute on the processor answer before an event can happen; now and then this
 * lets one happen, so that timers, clicks and abort signals get through. The time is counted over all callers: what
 * many short pieces of work take adds up.
 */
export async function letEventsHappen(): Promise<void> {
  if (performance.now() - lastPause < millisecondsBetweenPauses) return;
  await nextTurn();
  lastPause = performance.now();
}

/**
 * After what waits to happen. Not by a timer where there is another way: browsers delay those of pages in the
 * background.
 */
function nextTurn(): Promise<void> {
  const { setImmediate, MessageChannel } = globalThis as {
    setImmediate?: (callback: () => void) => void;
    MessageChannel?: new () => MessageChannel;
  };
  return new Promise((resolve) => {
    if (setImmediate) setImmediate(resolve);
    else if (MessageChannel) {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        port1.close();
        resolve();
      };
      port2.postMessage(undefined);
    } else setTimeout(resolve);
  });
}

/**
 * The outcome of `work`, or a rejection with `signal.reason` as soon as the signal aborts, even if `work` does not
 * listen to it. A later failure of abandoned work is swallowed.
 */
export function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Marks a promise as handled: awaiting it still gives its failure, but it need not be awaited. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => undefined);
  return promise;
}

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
