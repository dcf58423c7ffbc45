/** Long enough that a pause costs little, short enough that a page or a terminal stays alive. */
const MILLISECONDS_BETWEEN_PAUSES = 50;

/**
 * A function to await between batches. Backends that compute on the processor answer before an event can happen; now
 * and then this lets one happen, so that timers, clicks and abort signals get through.
 */
export function eventLoopPauses(): () => Promise<void> {
  let lastPause = performance.now();
  return async () => {
    if (performance.now() - lastPause < MILLISECONDS_BETWEEN_PAUSES) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    lastPause = performance.now();
  };
}
