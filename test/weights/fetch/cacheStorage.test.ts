import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { cacheStore, fetchWeights } from 'spine-xray-ml';
import { fetchWeightFile } from 'spine-xray-ml/weights';
import { failure } from '../../node/temporary.js';
import { Caches } from '../../store/caches.js';
import { expectWeights, md5, sha256, useServers, weights, whole } from './server.js';

const serve = useServers();

/** What a store of that name holds, by the names of its entries. */
const entries = (name = 'spine-xray-ml') =>
  [...(caches.stores.get(name) ?? [])].map(([url, response]) => [new URL(url).pathname.slice(1), response] as const);

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
  const [[name, response]] = entries() as [[string, Response]];
  expect(name).toMatch(new RegExp(`^[0-9a-f]{16}\\.md5-${md5(weights).value}\\.model\\.safetensors$`));
  expectWeights(new Uint8Array(await response.clone().arrayBuffer()));
});

it('may have another name, and is not used with cache: false', async () => {
  const server = await serve(whole(weights));
  await fetchWeightFile({ url: server.url() }, { cache: false });
  expect(caches.stores.size).toBe(0);
  await fetchWeightFile({ url: server.url() }, { cache: cacheStore('mine') });
  expect([...caches.stores.keys()]).toEqual(['mine']);
});

it('fetches again what is damaged', async () => {
  const server = await serve(whole(weights));
  await fetchWeightFile({ url: server.url() });
  const [[url]] = [...caches.stores.get('spine-xray-ml')!] as [[string, Response]];
  caches.stores.get('spine-xray-ml')!.set(url, new Response(weights.slice(5)));
  expectWeights(await fetchWeightFile({ url: server.url() }));
  expectWeights(await fetchWeightFile({ url: server.url() }));
  expect(server.requests.length).toBe(2);
  expect(entries().length).toBe(1);
});

it('leaves alone what is not of this library', async () => {
  const server = await serve(whole(weights));
  caches.stores.set('spine-xray-ml', new Map([[server.url(), new Response('x')]]));
  expectWeights(await fetchWeightFile({ url: server.url() }));
  expectWeights(await fetchWeightFile({ url: server.url() }));
  expect(server.requests.length).toBe(1);
  expect(await caches.stores.get('spine-xray-ml')?.get(server.url())?.text()).toBe('x');
});

it('keeps nothing of a file with another checksum', async () => {
  const server = await serve(whole(weights.map((byte) => byte ^ 1)));
  expect((await failure(fetchWeightFile({ url: server.url(), checksum: md5(weights) }))).code).toBe('weights-checksum');
  expect(entries()).toEqual([]);
});

it('says that the browser keeps nothing', async () => {
  const server = await serve(whole(weights));
  caches.failure = new DOMException('no space', 'QuotaExceededError');
  const error = await failure(fetchWeightFile({ url: server.url() }));
  expect(error.code).toBe('write-failed');
  expect(error.message).toMatch(/no space.*cache: false/);
});
