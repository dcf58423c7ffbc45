import type { Page } from 'playwright-core';
import type { Trained } from '../../test/browser/app/stores.js';

type Check = (what: string, ok: boolean, detail?: string) => void;

/**
 * Holds the browser's stores to what every store is good for, keeps bytes and checkpoints in its database, and takes a
 * page away while it trains.
 */
export async function checkStores(page: Page, check: Check): Promise<void> {
  const reload = async () => {
    await page.reload();
    await page.waitForFunction(() => window.stores !== undefined);
  };
  for (const [kind, what] of [
    ['indexedDB', 'IndexedDB'],
    ['cacheStorage', 'Cache Storage'],
  ] as const) {
    const broken = await page.evaluate((store) => window.stores?.breaches(store), kind);
    check(
      `${what}: serves checkpoints, spills, models and downloads at once`,
      broken?.length === 0,
      broken?.join('; '),
    );
  }
  const problems = await page.evaluate(() => window.stores?.exercise());
  check('IndexedDB: gives back what was written last', problems?.length === 0, problems?.join('; '));
  await reload();
  check('IndexedDB: outlives the page', (await page.evaluate(() => window.stores?.lengthOfKept())) === 40_000_001);

  const whole = await page.evaluate(() => window.stores?.train(undefined));
  // Each time the page goes while the checkpoint after the next one is being written.
  for (let reloads = 0; reloads < 2; reloads++) {
    await page.evaluate(() => void window.stores?.train('run', 1));
    await page.waitForFunction(() => window.stores?.isStopped());
    await reload();
  }
  const resumed = await page.evaluate(() => window.stores?.train('run'));
  const same = (a?: Trained, b?: Trained) =>
    a !== undefined && JSON.stringify({ ...a, trained: 0 }) === JSON.stringify(b && { ...b, trained: 0 });
  check(
    'IndexedDB: a page reloaded while it trains goes on, to the bit',
    same(resumed, whole),
    `${JSON.stringify(resumed).slice(0, 200)} and ${JSON.stringify(whole).slice(0, 200)}`,
  );
  check(
    'IndexedDB: trains only what is left',
    resumed !== undefined && whole !== undefined && resumed.trained < whole.trained,
    `${resumed?.trained} of ${whole?.trained} epochs`,
  );
  const left = await page.evaluate(() => window.stores?.entries('run'));
  check('IndexedDB: keeps the checkpoint and nothing else', left?.join() === 'checkpoint.safetensors', left?.join());
}
