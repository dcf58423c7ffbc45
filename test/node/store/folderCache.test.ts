import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { readdir, readFile, rename, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { fetchWeightFile, fetchWeights, folderStore, type FetchWeightsOptions } from 'spine-xray-ml/node';
import { weightCache } from '../../../src/weights/fetch/weightCache.js';
import {
  cutAfter,
  expectWeights,
  inTurn,
  md5,
  until,
  useServers,
  weights,
  whole,
  type Handler,
} from '../../weights/fetch/server.js';
import { failure, useTemporaryFolder } from '../temporary.js';

const serve = useServers();
const path = useTemporaryFolder();
let folder = '';
let count = 0;
beforeEach(() => {
  folder = path(`cache-${count++}`);
});
afterEach(() => vi.unstubAllEnvs());

const checksum = md5(weights);
const entries = async () => (await readdir(folder)).sort();
const partials = async () => (await entries()).filter((name) => name.endsWith('.partial'));
const wholeName = expect.stringMatching(new RegExp(`^[0-9a-f]{16}\\.md5-${checksum.value}\\.model\\.safetensors$`));

/** Files of the cache that this process holds open, where the system tells. */
const openFiles = () =>
  (existsSync('/proc/self/fd') ? readdirSync('/proc/self/fd') : []).filter((number) => {
    try {
      return readlinkSync(`/proc/self/fd/${number}`).startsWith(folder);
    } catch {
      return false;
    }
  });

/** Sends the first half, then nothing more. */
const half = weights.length / 2;
const stalling: Handler = (_, response) =>
  response.writeHead(200, { 'content-length': weights.length, etag: '"1"' }).write(weights.subarray(0, half));

/** A download that is aborted once half has come. */
async function interrupt(url: string, options: FetchWeightsOptions = {}): Promise<void> {
  const controller = new AbortController();
  const reason = new Error('enough');
  const onProgress = ({ done }: { done: number }) => done >= half && controller.abort(reason);
  await expect(
    fetchWeightFile(
      { url, checksum },
      { cache: folderStore(folder), signal: controller.signal, ...options, onProgress },
    ),
  ).rejects.toBe(reason);
}

describe('fetchWeights in Node', () => {
  it('keeps files in the user’s cache folder, plain and under their own names', async () => {
    vi.stubEnv('XDG_CACHE_HOME', path(`home-${count}`));
    folder = path(`home-${count}`, 'spine-xray-ml');
    const server = await serve(whole(weights));
    for (const _ of [1, 2])
      expect([...(await fetchWeights({ url: server.url(), checksum })).keys()]).toEqual(['layer/kernel']);
    expect(server.requests.length).toBe(1);
    expect(await entries()).toEqual([wholeName]);
    expectWeights(await readFile(join(folder, (await entries())[0] ?? '')));
  });

  it('ignores a cache folder that is relative', async () => {
    vi.stubEnv('XDG_CACHE_HOME', 'relative');
    vi.stubEnv('HOME', path('home'));
    const server = await serve(whole(weights));
    await fetchWeights({ url: server.url() });
    expect(existsSync('relative')).toBe(false);
    folder = join(
      path('home'),
      ...(process.platform === 'darwin' ? ['Library', 'Caches'] : ['.cache']),
      'spine-xray-ml',
    );
    expect((await entries()).length).toBe(1);
  });

  it('keeps them in another folder, in another cache, or nowhere', async () => {
    vi.stubEnv('XDG_CACHE_HOME', path('unused'));
    const server = await serve(whole(weights));
    for (const cache of [folderStore(folder), folderStore(folder), folderStore(folder)])
      expectWeights(await fetchWeightFile({ url: server.url(), checksum }, { cache }));
    expect(server.requests.length).toBe(1);
    expectWeights(await fetchWeightFile({ url: server.url(), checksum }, { cache: false }));
    expect(server.requests.length).toBe(2);
    expect(existsSync(path('unused'))).toBe(false);
  });

  it('says at once that it cannot write', async () => {
    await writeFile(path('file'), '');
    const server = await serve(whole(weights));
    expect(
      (await failure(fetchWeightFile({ url: server.url() }, { cache: folderStore(path('file/folder')) }))).code,
    ).toBe('write-failed');
    expect(server.requests.length).toBe(0);
    expect(
      (await failure((async () => fetchWeightFile({ url: server.url() }, { cache: folder as never }))())).code,
    ).toBe('invalid-argument');
  });
});

describe('a kept file', () => {
  it.each([true, false])('that is damaged is fetched again (checksum known: %s)', async (isKnown) => {
    const server = await serve(whole(weights));
    const source = { url: server.url(), ...(isKnown && { checksum }) };
    await fetchWeightFile(source, { cache: folderStore(folder) });
    const [name = ''] = await entries();
    for (const damaged of [
      weights.subarray(0, 1000),
      weights.map((byte, index) => (index === 9 ? byte ^ 1 : byte)),
      new Uint8Array(0),
    ]) {
      await writeFile(join(folder, name), damaged);
      server.requests.length = 0;
      expectWeights(await fetchWeightFile(source, { cache: folderStore(folder) }));
      expect(server.requests.length).toBe(1);
      expect(await entries()).toEqual([name]);
      expectWeights(await readFile(join(folder, name)));
    }
  });

  it('makes way for another of the same address, and for no other address', async () => {
    const other = weights.slice(0, 500);
    const server = await serve((request, response) =>
      (request.url === '/other.h5' ? whole(other) : inSequence)(request, response),
    );
    const inSequence = inTurn(whole(other), whole(weights));
    await fetchWeightFile({ url: server.url('/other.h5') }, { cache: folderStore(folder) });
    await fetchWeightFile({ url: server.url(), checksum: md5(other) }, { cache: folderStore(folder) });
    await fetchWeightFile({ url: server.url(), checksum }, { cache: folderStore(folder) });
    expect((await entries()).map((name) => name.split('.').slice(2).join('.')).sort()).toEqual([
      'model.safetensors',
      'other.h5',
    ]);
    expect(await entries()).toContainEqual(wholeName);
  });

  it('is one for an address, whoever wrote another meanwhile', async () => {
    const cache = weightCache(folderStore(folder));
    for (const bytes of [weights.slice(0, 500), weights])
      await cache.write('https://a.example/model.safetensors', { bytes: new Uint8Array(bytes), checksum: md5(bytes) });
    expect(await entries()).toEqual([wholeName]);
  });

  it('has a safe name, whatever the address', async () => {
    const server = await serve(whole(weights));
    for (const strange of ['/', '/..%2F..%2Fetc%2Fpasswd', `/${'x'.repeat(300)}.h5`, '/a.h5?key=secret'])
      await fetchWeightFile({ url: server.url(strange) }, { cache: folderStore(folder) });
    const names = await entries();
    expect(names.length).toBe(4);
    expect(names.every((name) => /^[\w.-]{1,250}$/.test(name) && !name.includes('secret'))).toBe(true);
  });
});

describe('an interrupted download', () => {
  it('leaves its part, and the next call goes on', async () => {
    const server = await serve(inTurn(stalling, whole(weights)));
    await interrupt(server.url());
    expect(await entries()).toEqual([expect.stringMatching(/^[0-9a-f]{16}\.left\..*\.partial$/)]);
    expect(openFiles()).toEqual([]);
    const seen: number[] = [];
    expectWeights(
      await fetchWeightFile(
        { url: server.url(), checksum },
        { cache: folderStore(folder), onProgress: ({ done }) => seen.push(done) },
      ),
    );
    expect(server.requests[1]).toMatchObject({ range: `bytes=${half}-`, ifRange: '"1"' });
    expect(seen[0]).toBeGreaterThan(half);
    expect(await entries()).toEqual([wholeName]);
    expect(openFiles()).toEqual([]);
  });

  it('leaves its part when the connection fails for good, too', async () => {
    const dead: Handler = (request) => request.socket.destroy();
    const server = await serve(inTurn(cutAfter(half, weights), dead, dead, dead, whole(weights)));
    expect(
      (
        await failure(
          fetchWeightFile({ url: server.url(), checksum }, { cache: folderStore(folder), retries: 2, retryDelay: 0 }),
        )
      ).details['reason'],
    ).toBe('connection');
    expect((await partials()).length).toBe(1);
    server.requests.length = 0;
    await failure(fetchWeightFile({ url: server.url(), checksum }, { cache: folderStore(folder), retries: 0 }));
    expectWeights(await fetchWeightFile({ url: server.url(), checksum }, { cache: folderStore(folder) }));
    expect(server.requests.map(({ range }) => range)).toEqual([`bytes=${half}-`, `bytes=${half}-`]);
  });

  it('starts anew where the file has changed, or the part is damaged', async () => {
    const old = weights.map((byte) => byte ^ 255);
    const server = await serve(
      inTurn(
        (_, response) =>
          response.writeHead(200, { 'content-length': weights.length, etag: '"old"' }).write(old.subarray(0, half)),
        whole(weights),
      ),
    );
    await interrupt(server.url());
    expectWeights(await fetchWeightFile({ url: server.url(), checksum }, { cache: folderStore(folder) }));
    expect(server.requests[1]).toMatchObject({ range: `bytes=${half}-`, ifRange: '"old"' });

    const again = await serve(inTurn(stalling, whole(weights)));
    await interrupt(again.url());
    const part = join(folder, (await partials())[0] ?? '');
    const content = await readFile(part);
    await writeFile(part, content.fill(0, content.length - 100));
    expectWeights(await fetchWeightFile({ url: again.url(), checksum }, { cache: folderStore(folder) }));
    expect(again.requests.map(({ range }) => range)).toEqual([undefined, `bytes=${half}-`, undefined]);
  });

  it.each(['', 'no head', '{"etag"\n123', '[]\n', 'null\nabc'])('survives a part that holds %j', async (content) => {
    const server = await serve(inTurn(stalling, whole(weights)));
    await interrupt(server.url());
    await writeFile(join(folder, (await partials())[0] ?? ''), content);
    expectWeights(await fetchWeightFile({ url: server.url(), checksum }, { cache: folderStore(folder) }));
    expect(await entries()).toEqual([wholeName]);
  });

  it('that had all of the file needs no more', async () => {
    const server = await serve(inTurn(stalling, whole(weights)));
    await interrupt(server.url());
    const part = join(folder, (await partials())[0] ?? '');
    const content = await readFile(part);
    await writeFile(part, Buffer.concat([content, weights.subarray(half)]));
    expectWeights(await fetchWeightFile({ url: server.url(), checksum }, { cache: folderStore(folder) }));
    expect(server.requests.map(({ range }) => range)).toEqual([undefined, `bytes=${weights.length}-`]);
  });

  it('leaves nothing of a wrong file', async () => {
    const server = await serve(whole(weights.map((byte) => byte ^ 1)));
    expect((await failure(fetchWeightFile({ url: server.url(), checksum }, { cache: folderStore(folder) }))).code).toBe(
      'weights-checksum',
    );
    const text = await serve((_, response) => response.end('what is this'));
    expect((await failure(fetchWeights({ url: text.url() }, { cache: folderStore(folder) }))).code).toBe(
      'weights-format',
    );
    const missing = await serve((_, response) => response.writeHead(404).end());
    expect((await failure(fetchWeightFile({ url: missing.url() }, { cache: folderStore(folder) }))).code).toBe(
      'download-failed',
    );
    expect(await entries()).toEqual([]);
    expect(openFiles()).toEqual([]);
  });

  it('leaves the last version only', async () => {
    const old: Handler = (_, response) =>
      response
        .writeHead(200, { 'content-length': weights.length, etag: '"old"' })
        .write(weights.map((byte) => byte ^ 255).subarray(0, half));
    const server = await serve(inTurn(old, cutAfter(1000, weights), whole(weights)));
    await interrupt(server.url());
    await failure(fetchWeightFile({ url: server.url(), checksum }, { cache: folderStore(folder), retries: 0 }));
    expectWeights(await fetchWeightFile({ url: server.url(), checksum }, { cache: folderStore(folder) }));
    expect(server.requests.map(({ range }) => range)).toEqual([undefined, `bytes=${half}-`, 'bytes=1000-']);
  });

  it('leaves no part of compressed bytes, of which the server could not say where to go on', async () => {
    const zipped = gzipSync(weights);
    const cut: Handler = (_, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': zipped.length });
      response.write(zipped.subarray(0, zipped.length / 2), () => setTimeout(() => response.destroy(), 200));
    };
    const server = await serve(inTurn(cut, whole(weights)));
    let done = 0;
    await failure(
      fetchWeightFile(
        { url: server.url(), checksum },
        { cache: folderStore(folder), retries: 0, onProgress: (progress) => (done = progress.done) },
      ),
    );
    expect(done).toBeGreaterThan(0);
    expect(await entries()).toEqual([]);
    expectWeights(await fetchWeightFile({ url: server.url(), checksum }, { cache: folderStore(folder) }));
    expect(server.requests[1]?.range).toBeUndefined();
  });
});

describe('several processes', () => {
  /** A process of its own that fetches into the folder. Resolves with its exit code. */
  function fetchElsewhere(url: string) {
    const script = `
      import { fetchWeightFile, folderStore } from ${JSON.stringify(new URL('../../../src/node/index.ts', import.meta.url).href)};
      const bytes = await fetchWeightFile({ url: ${JSON.stringify(url)}, checksum: ${JSON.stringify(checksum)} }, { cache: folderStore(${JSON.stringify(folder)}) });
      process.exitCode = bytes.length === ${weights.length} ? 0 : 1;`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    return { child, ended: new Promise<number | null>((resolve) => child.on('exit', resolve)) };
  }

  it('and several calls fetch one file at once, and keep it once', async () => {
    const waiting: (() => void)[] = [];
    const slowly: Handler = (_, response) => {
      response.writeHead(200, { 'content-length': weights.length, etag: '"1"' }).write(weights.subarray(0, half));
      waiting.push(() => response.end(weights.subarray(half)));
    };
    const server = await serve(slowly);
    const children = [fetchElsewhere(server.url()), fetchElsewhere(server.url())];
    const calls = [1, 2].map(() => fetchWeightFile({ url: server.url(), checksum }, { cache: folderStore(folder) }));
    await until(() => waiting.length === 4);
    await until(async () => (await partials()).length === 4);
    for (const go of waiting) go();
    for (const call of calls) expectWeights(await call);
    expect(await Promise.all(children.map(({ ended }) => ended))).toEqual([0, 0]);
    expect(server.requests.every(({ range }) => range === undefined)).toBe(true);
    expect(await entries()).toEqual([wholeName]);
    expectWeights(await readFile(join(folder, (await entries())[0] ?? '')));
  });

  it('take over what a killed one has left, and not what a running one writes', async () => {
    const server = await serve(inTurn(stalling, whole(weights), whole(weights)));
    const { child, ended } = fetchElsewhere(server.url());
    await until(async () => server.requests.length === 1 && (await partials()).length === 1);
    await until(async () => (await readFile(join(folder, (await partials())[0] ?? ''))).length > half);
    const own = await partials();
    expectWeights(await fetchWeightFile({ url: server.url(), checksum }, { cache: folderStore(folder) }));
    expect(server.requests[1]?.range).toBeUndefined();
    expect(await partials()).toEqual(own);

    child.kill('SIGKILL');
    await ended;
    await weightCache(folderStore(folder)).remove(server.url());
    expectWeights(await fetchWeightFile({ url: server.url(), checksum }, { cache: folderStore(folder) }));
    expect(server.requests[2]?.range).toBe(`bytes=${half}-`);
    expect(await entries()).toEqual([wholeName]);
  });

  it('on other machines are left alone while their part grows', async () => {
    const server = await serve(inTurn(stalling, whole(weights)));
    await interrupt(server.url());
    const [part = ''] = await partials();
    const elsewhere = part.replace('.left.', '.another_machine-999999999.');
    await rename(join(folder, part), join(folder, elsewhere));
    expectWeights(await fetchWeightFile({ url: server.url(), checksum }, { cache: folderStore(folder) }));
    expect(server.requests[1]?.range).toBeUndefined();
    expect(await partials()).toEqual([elsewhere]);

    // Twenty minutes without a byte.
    const past = new Date(Date.now() - 20 * 60_000);
    await utimes(join(folder, elsewhere), past, past);
    await weightCache(folderStore(folder)).remove(server.url());
    expectWeights(await fetchWeightFile({ url: server.url(), checksum }, { cache: folderStore(folder) }));
    expect(server.requests[2]?.range).toBe(`bytes=${half}-`);
    expect(await entries()).toEqual([wholeName]);
  });
});
