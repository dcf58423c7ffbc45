/** Long enough that a pause costs little, short enough that a page or a terminal stays alive. */
const millisecondsBetweenPauses = 50;

let lastPause = 0;

/**
 * To await between batches. Backends that compute on the processor answer before an event can happen; now and then this
 * lets one happen, so that timers, clicks and abort signals get through. The time is counted over all callers: what many
 * short pieces of work take adds up.
 */
export async function letEventsHappen(): Promise<void> {
  if (performance.now() - lastPause < millisecondsBetweenPauses) return;
  await nextTurn();
  lastPause = performance.now();
}

/** After what waits to happen. Not by a timer where there is another way: browsers delay those of pages in the background. */
function nextTurn(): Promise<void> {
  const { setImmediate, MessageChannel } = globalThis as { setImmediate?: (callback: () => void) => void; MessageChannel?: new () => MessageChannel };
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
