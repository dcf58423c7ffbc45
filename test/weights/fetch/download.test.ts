import { describe, expect, it } from 'vitest';
import { fetchWeights, isSpineError, type FetchWeightsOptions, type Progress, type WeightFile } from 'spine-xray-ml';
import { fetchWeightFile } from 'spine-xray-ml/weights';
import { failure } from '../../node/temporary.js';
import {
  cutAfter,
  expectWeights,
  inTurn,
  md5,
  memoryCache,
  sha256,
  until,
  useServers,
  weights,
  whole,
  type Handler,
} from './server.js';

const serve = useServers();

/** Fast retries, a cache to look into. */
async function fetching(
  handler: Handler,
  options: FetchWeightsOptions = {},
  file: Partial<WeightFile> = { checksum: md5(weights) },
) {
  const server = await serve(handler);
  const cache = memoryCache();
  const result = fetchWeightFile({ url: server.url(), ...file }, { cache, retryDelay: 0.001, ...options });
  result.catch(() => undefined);
  return { server, cache, result };
}

/** The failure of a download, of which nothing may be kept. */
async function failing(handler: Handler, options: FetchWeightsOptions = {}, file?: Partial<WeightFile>) {
  const { server, cache, result } = await fetching(handler, options, file);
  const error = await failure(result);
  expect(await cache.list()).toEqual([]);
  return { ...error, reason: error.details['reason'], requests: server.requests };
}

const page: Handler = (_, response) =>
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<!DOCTYPE html><title>Log in</title>');
const status =
  (code: number): Handler =>
  (_, response) =>
    response.writeHead(code).end('no');
const redirect =
  (location: string, code = 302): Handler =>
  (_, response) =>
    response.writeHead(code, { location }).end();

describe('a good download', () => {
  it.each([md5(weights), sha256(weights), undefined])(
    'gives the bytes with checksum %o, and keeps them',
    async (checksum) => {
      const { server, cache, result } = await fetching(whole(weights), {}, checksum ? { checksum } : {});
      expectWeights(await result);
      expectWeights((await cache.kept(server.url()))?.bytes);
      expect((await cache.kept(server.url()))?.checksum).toEqual(checksum ?? sha256(weights));
    },
  );

  it('reports bytes of all bytes, and a file without a length', async () => {
    const seen: Progress[] = [];
    await (
      await fetching(whole(weights), { onProgress: (progress) => seen.push(progress) })
    ).result;
    expect(seen.length).toBeGreaterThan(1);
    expect(seen.every(({ total }) => total === weights.length)).toBe(true);
    expect(seen.map(({ done }) => done)).toEqual([...seen.map(({ done }) => done)].sort((a, b) => a - b));
    expect(seen.at(-1)?.done).toBe(weights.length);

    const unknown: Progress[] = [];
    const chunked: Handler = (_, response) => void response.end(weights.subarray(0, 100), () => undefined);
    const { result } = await fetching(
      (request, response) => (response.setHeader('transfer-encoding', 'chunked'), chunked(request, response)),
      { onProgress: (progress) => unknown.push(progress) },
      {},
    );
    expect((await result).length).toBe(100);
    expect(unknown.at(-1)).toEqual({ done: 100, total: Infinity });
  });

  it('is read: fetchWeights gives the arrays', async () => {
    const server = await serve(whole(weights));
    const arrays = await fetchWeights({ url: server.url(), checksum: md5(weights) });
    expect([...arrays.keys()]).toEqual(['layer/kernel']);
    expect(arrays.get('layer/kernel')?.get(1)).toBeCloseTo(Math.sin(1), 6);
  });

  it('takes the 8 digits of a sha256 that the name carries', async () => {
    const server = await serve(whole(weights));
    const digits = sha256(weights).value.slice(0, 8);
    const fetched = await fetchWeightFile({
      url: server.url(`/model-${digits}.pth`),
      checksum: { algorithm: 'sha256', value: digits },
    });
    expectWeights(fetched);
    const other = server.url('/model-01234567.pth');
    expect(
      (await failure(fetchWeightFile({ url: other, checksum: { algorithm: 'sha256', value: '01234567' } }))).code,
    ).toBe('weights-checksum');
  });

  it('comes from the cache the second time, if it is not damaged', async () => {
    const server = await serve(whole(weights));
    const cache = memoryCache();
    for (const checksum of [md5(weights), undefined]) {
      await cache.clear();
      server.requests.length = 0;
      const source = { url: server.url(), ...(checksum && { checksum }) };
      await fetchWeightFile(source, { cache });
      const seen: Progress[] = [];
      expectWeights(await fetchWeightFile(source, { cache, onProgress: (progress) => seen.push(progress) }));
      expect(server.requests.length).toBe(1);
      expect(seen).toEqual([{ done: weights.length, total: weights.length }]);

      const damaged = weights.slice();
      damaged[9] = 0;
      await cache.keep(server.url(), damaged, checksum ?? sha256(weights));
      expectWeights(await fetchWeightFile(source, { cache }));
      expect(server.requests.length).toBe(2);
      expectWeights((await cache.kept(server.url()))?.bytes);
    }
  });

  it('does not stay in the cache when it is damaged and cannot be fetched again', async () => {
    const server = await serve(status(404));
    const cache = memoryCache();
    await cache.keep(server.url(), weights.slice(1), md5(weights));
    await failure(fetchWeightFile({ url: server.url() }, { cache }));
    expect(await cache.list()).toEqual([]);
  });

  it('is another file when another checksum is asked for', async () => {
    const old = weights.slice(0, 1000);
    const server = await serve(inTurn(whole(old), whole(weights)));
    const cache = memoryCache();
    await fetchWeightFile({ url: server.url(), checksum: md5(old) }, { cache });
    expectWeights(await fetchWeightFile({ url: server.url(), checksum: md5(weights) }, { cache }));
    expectWeights(await fetchWeightFile({ url: server.url(), checksum: sha256(weights) }, { cache }));
    expect(server.requests.length).toBe(2);
  });
});

describe('a server that lies', () => {
  it('about the content: the checksum refuses it, and says both', async () => {
    const other = weights.map((byte, index) => (index === 5000 ? byte ^ 1 : byte));
    const error = await failing(whole(other));
    expect(error).toMatchObject({ code: 'weights-checksum', details: { expected: md5(weights), actual: md5(other) } });
    expect(error.requests.length).toBe(1);
  });

  it('about the length: a file that ends early is asked for again, then refused', async () => {
    const error = await failing(cutAfter(1000, weights), { retries: 2 });
    expect(error).toMatchObject({ code: 'download-failed', reason: 'truncated' });
    // The first brings bytes; two more bring none beyond.
    expect(error.requests.length).toBe(3);
    expect(error.requests[1]).toMatchObject({ range: 'bytes=1000-', ifRange: '"1"' });
  });

  it('about the length: what goes beyond it is no part of the file', async () => {
    const error = await failing((_, response) => {
      response.socket?.end(
        Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${weights.length - 10}\r\n\r\n`), weights]),
      );
    });
    expect(error.code).toBe('weights-checksum');
  });

  it('about the length: a fetch that passes on another number of bytes than is announced', async () => {
    const lying = (body: Uint8Array) => ({
      fetch: async () => new Response(new Uint8Array(body), { headers: { 'content-length': '1000' } }),
    });
    expect(await failing(status(500), lying(weights), {})).toMatchObject({
      code: 'download-failed',
      reason: 'content',
    });
    expect(await failing(status(500), lying(weights.subarray(0, 999)), {})).toMatchObject({
      code: 'download-failed',
      reason: 'truncated',
    });
  });

  it('about the size that the source gives', async () => {
    for (const bytes of [7, weights.length + 1]) {
      const error = await failing(whole(weights), {}, { bytes });
      expect(error).toMatchObject({ code: 'download-failed', reason: 'content' });
      expect(error.message).toContain(`offers ${weights.length} bytes`);
      expect(error.requests.length).toBe(1);
    }
    const chunked: Handler = (_, response) => void response.end(weights);
    expect(
      await failing(
        (request, response) => (response.setHeader('transfer-encoding', 'chunked'), chunked(request, response)),
        {},
        { bytes: 7 },
      ),
    ).toMatchObject({ reason: 'content' });
  });

  it('with a size beyond the limit, before or while it comes', async () => {
    expect(
      await failing((_, response) => response.writeHead(200, { 'content-length': 2 ** 40 }).write('x')),
    ).toMatchObject({ code: 'download-failed', reason: 'too-large' });
    const boundless = await failing(
      (_, response) => response.writeHead(200, { 'content-length': 2 ** 49 }).write('x'),
      { maxBytes: Infinity },
    );
    expect(boundless).toMatchObject({ code: 'download-failed', reason: 'too-large' });
    const endless: Handler = (_, response) => {
      const more = () => response.write(weights, () => response.destroyed || setImmediate(more));
      more();
    };
    expect(await failing(endless, { maxBytes: 1_000_000 })).toMatchObject({
      code: 'download-failed',
      reason: 'too-large',
    });
  });

  it('with a web page, named as such or not', async () => {
    const error = await failing(page);
    expect(error).toMatchObject({ code: 'download-failed', reason: 'content' });
    expect(error.message).toContain('login');
    expect(error.requests.length).toBe(1);
    expect(
      await failing((_, response) => response.writeHead(200, { 'content-type': 'Text/HTML' }).end('Log in')),
    ).toMatchObject({ reason: 'content' });
    expect(
      await failing((_, response) =>
        response.writeHead(200, { 'content-type': 'application/octet-stream' }).end('\n<html>'),
      ),
    ).toMatchObject({ reason: 'content' });
  });

  it('with a file that is not of weights: nothing is kept', async () => {
    const server = await serve((_, response) => response.end('what is this'));
    const cache = memoryCache();
    const error = await failure(fetchWeights({ url: server.url() }, { cache }));
    expect(error.code).toBe('weights-format');
    expect(await cache.list()).toEqual([]);
  });

  it('with compressed bytes: undone, and their length is not the file’s', async () => {
    const { gzipSync } = await import('node:zlib');
    const zipped = gzipSync(weights);
    const { result } = await fetching((_, response) =>
      response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': zipped.length }).end(zipped),
    );
    expectWeights(await result);
  });
});

describe('a status', () => {
  it.each([401, 403, 404, 410, 204, 206, 304, 416])('%i is refused at once', async (code) => {
    const error = await failing(status(code));
    expect(error).toMatchObject({ code: 'download-failed', reason: 'status', details: { status: code } });
    expect(error.requests.length).toBe(1);
  });

  it.each([429, 500, 503])('%i is tried again, then refused', async (code) => {
    const error = await failing(status(code), { retries: 2 });
    expect(error).toMatchObject({ code: 'download-failed', reason: 'status', details: { status: code } });
    expect(error.message).toContain(String(code));
    expect(error.requests.length).toBe(3);
  });

  it('500 may pass', async () => {
    expectWeights(await (await fetching(inTurn(status(500), status(503), whole(weights)))).result);
  });

  it('shows neither the query nor the password of the address', async () => {
    const server = await serve(status(404));
    const error = await failure(fetchWeightFile({ url: server.url('/a.h5?key=secret') }));
    expect(JSON.stringify([error.message, error.details])).not.toContain('secret');
  });
});

describe('a redirect', () => {
  it.each([301, 302, 303, 307, 308])('%i is followed, relative or to another server', async (code) => {
    const other = await serve(whole(weights));
    const { result } = await fetching(inTurn(redirect('/elsewhere', code), redirect(other.url(), code)));
    expectWeights(await result);
  });

  it('that never ends is refused', async () => {
    const error = await failing(redirect('/again'));
    expect(error).toMatchObject({ code: 'download-failed', reason: 'redirect' });
    expect(error.requests.length).toBe(11);
  });

  it.each(['file:///etc/hostname', 'data:,x', 'http://[', 'javascript:0'])('to %s is refused', async (location) => {
    const error = await failing(redirect(location));
    expect(error).toMatchObject({ code: 'download-failed', reason: 'redirect' });
    expect(error.requests.length).toBe(1);
  });

  it('from https to http is refused, and followed the other way', async () => {
    const asked: string[] = [];
    const fetch = (async (address: string) => {
      asked.push(address);
      if (address.endsWith('/start'))
        return new Response(null, {
          status: 302,
          headers: { location: address.startsWith('https') ? 'http://b.example/end' : 'https://b.example/end' },
        });
      return new Response(weights.slice());
    }) as typeof globalThis.fetch;
    expect(await failure(fetchWeightFile({ url: 'https://a.example/start' }, { fetch }))).toMatchObject({
      code: 'download-failed',
      details: { reason: 'redirect' },
    });
    expect(asked).toEqual(['https://a.example/start']);
    expectWeights(await fetchWeightFile({ url: 'http://a.example/start' }, { fetch }));
  });

  it('that a browser hides is followed by the browser, and its end looked at', async () => {
    const fetchTo = (end: string) =>
      (async (_: string, { redirect }: RequestInit) => {
        if (redirect === 'manual')
          return Object.defineProperty(new Response(null), 'type', { value: 'opaqueredirect' });
        return Object.defineProperties(new Response(weights.slice()), {
          redirected: { value: true },
          url: { value: end },
        });
      }) as typeof globalThis.fetch;
    expectWeights(await fetchWeightFile({ url: 'https://a.example/x' }, { fetch: fetchTo('https://b.example/x') }));
    expect(
      await failure(fetchWeightFile({ url: 'https://a.example/x' }, { fetch: fetchTo('http://b.example/x') })),
    ).toMatchObject({ details: { reason: 'redirect' } });
  });
});

describe('a broken connection', () => {
  it('goes on where it broke', async () => {
    const seen: number[] = [];
    const { server, result } = await fetching(inTurn(cutAfter(150_000, weights), whole(weights)), {
      onProgress: ({ done }) => seen.push(done),
    });
    expectWeights(await result);
    expect(server.requests.map(({ range, ifRange }) => [range, ifRange])).toEqual([
      [undefined, undefined],
      ['bytes=150000-', '"1"'],
    ]);
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it('is tried as long as bytes come: retries count those in vain only', async () => {
    let sent = 0;
    const piecemeal: Handler = (_, response) => {
      const end = Math.min(sent + 40_000, weights.length);
      response.writeHead(206, {
        'content-range': `bytes ${sent}-${weights.length - 1}/${weights.length}`,
        'content-length': weights.length - sent,
      });
      const piece = weights.subarray(sent, end);
      sent = end;
      if (end === weights.length) response.end(piece);
      else response.write(piece, () => setTimeout(() => response.destroy(), 200));
    };
    const { server, result } = await fetching(
      inTurn((_, response) => ((sent = 40_000), cutAfter(40_000, weights)(_, response)), piecemeal),
      { retries: 1 },
    );
    expectWeights(await result);
    expect(server.requests.length).toBe(11);
  });

  it('starts anew where the server ignores ranges', async () => {
    const { server, result } = await fetching(
      inTurn(cutAfter(1000, weights), (_, response) => void response.end(weights)),
    );
    expectWeights(await result);
    expect(server.requests[1]?.range).toBe('bytes=1000-');
  });

  it('starts anew where the file has changed', async () => {
    const old = weights.map((byte) => byte ^ 255);
    const { server, result } = await fetching(
      inTurn(cutAfter(1000, old, { etag: '"old"' }), whole(weights, { etag: '"new"' })),
    );
    expectWeights(await result);
    expect(server.requests.length).toBe(2);
  });

  it('starts anew where the server goes on with a changed file all the same', async () => {
    const old = weights.map((byte) => byte ^ 255);
    const careless: Handler = (request, response) => {
      delete request.headers['if-range'];
      whole(weights, { etag: '"new"' })(request, response);
    };
    for (const checksum of [md5(weights), undefined]) {
      const { server, result } = await fetching(
        inTurn(cutAfter(1000, old, { etag: '"old"' }), careless),
        {},
        checksum ? { checksum } : {},
      );
      expectWeights(await result);
      expect(server.requests.map(({ range }) => range)).toEqual([undefined, 'bytes=1000-', undefined]);
    }
  });

  it('starts anew, once, where the pieces make another file', async () => {
    const old = weights.map((byte) => byte ^ 255);
    const { server, result } = await fetching(inTurn(cutAfter(1000, old, {}), whole(weights)));
    expectWeights(await result);
    expect(server.requests.map(({ range, ifRange }) => [range, ifRange])).toEqual([
      [undefined, undefined],
      ['bytes=1000-', undefined],
      [undefined, undefined],
    ]);
    const always = await failing((request, response) =>
      (request.headers.range === undefined ? cutAfter(1000, old, {}) : whole(weights))(request, response),
    );
    expect(always.code).toBe('weights-checksum');
    expect(always.requests.length).toBe(4);
  });

  it('starts anew where the server answers another range', async () => {
    const other: Handler = (request, response) => {
      if (request.headers.range === undefined) return whole(weights)(request, response);
      response
        .writeHead(206, { 'content-range': `bytes 0-9/${weights.length}`, etag: '"1"' })
        .end(weights.subarray(0, 10));
    };
    const { server, result } = await fetching(inTurn(cutAfter(1000, weights), other));
    expectWeights(await result);
    expect(server.requests.map(({ range }) => range)).toEqual([undefined, 'bytes=1000-', undefined]);
  });

  it('starts anew without a checksum unless the server can confirm the version', async () => {
    for (const headers of [{}, { etag: 'W/"weak"' }] as Record<string, string>[]) {
      const { server, result } = await fetching(inTurn(cutAfter(1000, weights, headers), whole(weights)), {}, {});
      expectWeights(await result);
      expect(server.requests.map(({ range }) => range)).toEqual([undefined, undefined]);
    }
    const { server, result } = await fetching(inTurn(cutAfter(1000, weights), whole(weights)), {}, {});
    expectWeights(await result);
    expect(server.requests[1]?.ifRange).toBe('"1"');
  });

  it('with no server at all is named', async () => {
    const { server } = await fetching(whole(weights));
    const dead = server.url().replace(/:\d+\//, ':1/');
    expect(await failure(fetchWeightFile({ url: dead }, { retries: 1, retryDelay: 0 }))).toMatchObject({
      code: 'download-failed',
      details: { reason: 'connection' },
    });
  });
});

describe('a stall', () => {
  it.each([
    ['before the answer', () => undefined],
    [
      'within the file',
      (_, response) => response.writeHead(200, { 'content-length': weights.length }).write(weights.subarray(0, 1000)),
    ],
  ] as [string, Handler][])('%s is given up', async (_, handler) => {
    const error = await failing(handler, { timeout: 0.1, retries: 1 });
    expect(error).toMatchObject({ code: 'download-failed', reason: 'stalled', details: { timeout: 0.1 } });
    expect(error.requests.length).toBeGreaterThan(1);
  });

  it('is tried again, and goes on', async () => {
    const stalling: Handler = (_, response) =>
      response.writeHead(200, { 'content-length': weights.length, etag: '"1"' }).write(weights.subarray(0, 1000));
    const { server, result } = await fetching(inTurn(stalling, whole(weights)), { timeout: 0.2 });
    expectWeights(await result);
    expect(server.requests[1]?.range).toBe('bytes=1000-');
  });
});

describe('an abort', () => {
  const reason = new Error('enough');
  const stalling: Handler = (_, response) =>
    response.writeHead(200, { 'content-length': weights.length }).write(weights.subarray(0, 1000));

  it.each([
    ['before the answer', () => undefined, 0],
    ['within the file', stalling, 1],
    ['while waiting to try again', (_, response) => response.writeHead(500, { connection: 'close' }).end(), 0],
  ] as [string, Handler, number][])(
    '%s rejects with its reason and closes the connection',
    async (_, handler, progress) => {
      const controller = new AbortController();
      let seen = 0;
      const { server, cache, result } = await fetching(handler, {
        signal: controller.signal,
        onProgress: () => seen++,
        retryDelay: 30,
      });
      await until(() => server.requests.length === 1 && seen >= progress);
      await new Promise((resolve) => setTimeout(resolve, 20));
      controller.abort(reason);
      await expect(result).rejects.toBe(reason);
      await until(async () => (await server.open()) === 0);
      expect(server.requests.length).toBe(1);
      expect(await cache.list()).toEqual([]);
    },
  );

  it('beforehand asks nothing', async () => {
    const { server, result } = await fetching(whole(weights), { signal: AbortSignal.abort(reason) });
    await expect(result).rejects.toBe(reason);
    expect(server.requests.length).toBe(0);
  });

  it('does not wait for a fetch that does not listen', async () => {
    const controller = new AbortController();
    const { result } = await fetching(whole(weights), {
      signal: controller.signal,
      fetch: () => new Promise(() => undefined),
    });
    setTimeout(() => controller.abort(reason), 20);
    await expect(result).rejects.toBe(reason);
  });

  it('in the callback, or an error there, ends the download', async () => {
    const controller = new AbortController();
    const aborting = await fetching(whole(weights), {
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    await expect(aborting.result).rejects.toBe(reason);
    expect(await aborting.cache.list()).toEqual([]);
    const throwing = await fetching(whole(weights), {
      onProgress: () => {
        throw new TypeError('mine');
      },
    });
    await expect(throwing.result).rejects.toThrow('mine');
    expect(throwing.server.requests.length).toBe(1);
  });
});

describe('bad arguments', () => {
  const url = 'https://a.example/model.h5';
  it.each([
    undefined,
    7,
    {},
    'resnet18',
    { backbone: 'xception', variant: 'torch' },
    { url: 'file:///model.h5' },
    { url: 'model.h5' },
    { url, bytes: -1 },
    { url, checksum: { algorithm: 'sha1', value: '00' } },
    { url, checksum: { algorithm: 'toString', value: '00' } },
    { url, checksum: { algorithm: 'md5', value: '0123abcd' } },
    { url, checksum: { algorithm: 'sha256', value: '0123abcd' } },
    { url, checksum: { algorithm: 'md5' } },
    { url: 'https://a.example/model-0123abcd.h5', checksum: { algorithm: 'md5', value: '0123abcd' } },
  ])('%o', async (source) => {
    const asked: unknown[] = [];
    const fetch = (async (address: unknown) => void asked.push(address)) as never;
    await expect(fetchWeightFile(source as never, { fetch })).rejects.toSatisfy((error) =>
      isSpineError(error, 'invalid-argument'),
    );
    expect(asked).toEqual([]);
  });

  it.each([
    { timeout: 0 },
    { timeout: Infinity },
    { retries: 0.5 },
    { retryDelay: -1 },
    { maxBytes: NaN },
    { variant: 'keras' as const },
  ])('%o', async (options) => {
    await expect(fetchWeightFile({ url }, options)).rejects.toSatisfy((error) =>
      isSpineError(error, 'invalid-argument'),
    );
  });
});
