import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { fetchWeights } from 'spine-xray-ml';
import { browserCache, fetchWeightFile } from 'spine-xray-ml/weights';
import { failure } from '../../node/temporary.js';
import { expectWeights, md5, sha256, useServers, weights, whole } from './server.js';

const serve = useServers();

/** As much of a browser's CacheStorage as is used: responses kept whole, read any number of times. */
class Caches {
  readonly stores = new Map<string, Map<string, Response>>();
  failure: Error | undefined;

  async open(name: string): Promise<Pick<Cache, 'match' | 'put' | 'delete'>> {
    if (this.failure) throw this.failure;
    const store = this.stores.get(name) ?? new Map<string, Response>();
    this.stores.set(name, store);
    return {
      match: async (key) => store.get(key as string)?.clone(),
      put: async (key, response) => {
        const bytes = await response.arrayBuffer();
        store.set(key as string, new Response(bytes, { headers: response.headers }));
      },
      delete: async (key) => store.delete(key as string),
    };
  }
}

let caches: Caches;
beforeEach(() => {
  caches = new Caches();
  vi.stubGlobal('caches', caches);
});
afterEach(() => vi.unstubAllGlobals());

it('is where files are kept by default, whole and once', async () => {
  const server = await serve(whole(weights));
  for (const checksum of [md5(weights), sha256(weights)]) {
    for (const _ of [1, 2]) expectWeights(await fetchWeightFile({ url: server.url(), checksum }));
  }
  expect([...(await fetchWeights({ url: server.url() })).keys()]).toEqual(['layer/kernel']);
  expect(server.requests.length).toBe(1);
  expect([...caches.stores.keys()]).toEqual(['spine-xray-ml']);
  expectWeights(
    new Uint8Array((await caches.stores.get('spine-xray-ml')?.get(server.url())?.clone().arrayBuffer()) ?? []),
  );
});

it('may have another name, and is not used with cache: false', async () => {
  const server = await serve(whole(weights));
  await fetchWeightFile({ url: server.url() }, { cache: false });
  expect(caches.stores.size).toBe(0);
  await fetchWeightFile({ url: server.url() }, { cache: browserCache('mine') });
  expect([...caches.stores.keys()]).toEqual(['mine']);
});

it.each([
  [
    'damaged',
    new Response(weights.slice(5), { headers: { 'x-spine-xray-ml-checksum': `sha256:${sha256(weights).value}` } }),
  ],
  ['not of this library', new Response('x')],
])('fetches again what is %s', async (_, response) => {
  const server = await serve(whole(weights));
  caches.stores.set('spine-xray-ml', new Map([[server.url(), response]]));
  expectWeights(await fetchWeightFile({ url: server.url() }));
  expectWeights(await fetchWeightFile({ url: server.url() }));
  expect(server.requests.length).toBe(1);
});

it('keeps nothing of a file with another checksum', async () => {
  const server = await serve(whole(weights.map((byte) => byte ^ 1)));
  expect((await failure(fetchWeightFile({ url: server.url(), checksum: md5(weights) }))).code).toBe('weights-checksum');
  expect(caches.stores.get('spine-xray-ml')?.size).toBe(0);
});

it('says that the browser keeps nothing', async () => {
  const server = await serve(whole(weights));
  caches.failure = new DOMException('no space', 'QuotaExceededError');
  const error = await failure(fetchWeightFile({ url: server.url() }));
  expect(error.code).toBe('write-failed');
  expect(error.message).toMatch(/no space.*cache: false/);
});
