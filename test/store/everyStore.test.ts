import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { cacheStore, memoryStore, type ByteStore } from 'spine-xray-ml';
import { folderStore } from 'spine-xray-ml/node';
import { breaches } from '../browser/app/storeLaws.js';
import { useTemporaryFolder } from '../node/temporary.js';
import { useTestBackend } from '../support/backend.js';
import { Caches } from './caches.js';

useTestBackend();
const path = useTemporaryFolder();
beforeEach(() => void vi.stubGlobal('caches', new Caches()));
afterEach(() => void vi.unstubAllGlobals());

const plain = (): ByteStore => {
  const { place, read, write, remove, list } = memoryStore();
  return { place, read, write, remove, list };
};

it.each<[string, () => ByteStore]>([
  ['memoryStore', memoryStore],
  ['folderStore', () => folderStore(path(randomUUID()))],
  ['cacheStore', () => cacheStore('laws')],
  ['an object with the five members that every store has', plain],
])('%s serves checkpoints, spills, models and downloads at once', async (_, create) => {
  expect(await breaches(create())).toEqual([]);
});
