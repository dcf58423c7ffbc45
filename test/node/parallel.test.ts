import { expect, it } from 'vitest';
import { forEachParallel } from '../../src/node/parallel.js';

const pause = () => new Promise((resolve) => setTimeout(resolve, 1));

it('works through all items in order, no more than so many at a time', async () => {
  const begun: number[] = [];
  let running = 0;
  let most = 0;
  await forEachParallel([5, 6, 7, 8, 9], { concurrency: 2 }, async (item, index) => {
    begun.push(item * 10 + index);
    most = Math.max(most, ++running);
    await pause();
    running--;
  });
  expect(begun).toEqual([50, 61, 72, 83, 94]);
  expect(most).toBe(2);
});

it('begins nothing after a failure, and rejects only when nothing runs any more', async () => {
  const begun: number[] = [];
  let running = 0;
  const work = forEachParallel([0, 1, 2, 3, 4, 5], { concurrency: 3 }, async (item) => {
    begun.push(item);
    running++;
    if (item !== 1) for (let i = 0; i < 5; i++) await pause();
    running--;
    if (item === 1) throw new Error('bad');
  });
  await expect(work).rejects.toThrow('bad');
  expect(begun).toEqual([0, 1, 2]);
  expect(running).toBe(0);
});

it('an abort rejects with its reason, also one during the last item', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const work = forEachParallel([1], { concurrency: 4, signal: controller.signal }, async () =>
    controller.abort(reason),
  );
  await expect(work).rejects.toBe(reason);
});
