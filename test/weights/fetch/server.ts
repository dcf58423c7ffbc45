import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect } from 'vitest';
import { memoryStore, ndarrayOf, type WeightChecksum } from 'spine-xray-ml';
import { writeSafetensors } from 'spine-xray-ml/weights';
import { weightCache } from '../../../src/weights/fetch/weightCache.js';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface TestServer {
  readonly url: (path?: string) => string;
  /** What was asked, in order: path and the headers of a resumed download. */
  readonly requests: { path: string; range: string | undefined; ifRange: string | undefined }[];
  /** Connections that are open now. */
  readonly open: () => Promise<number>;
}

/** Serves with `handler` until the end of the test, then cuts every connection. */
export function useServers(): (handler: Handler) => Promise<TestServer> {
  const ends: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0)) await end();
  });
  return async (handler) => {
    const requests: TestServer['requests'] = [];
    const server = createServer((request, response) => {
      requests.push({
        path: request.url ?? '',
        range: request.headers.range,
        ifRange: request.headers['if-range'] as string | undefined,
      });
      handler(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ends.push(() => new Promise((resolve) => (server.close(() => resolve()), server.closeAllConnections())));
    return {
      url: (path = '/model.safetensors') => `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`,
      requests,
      open: () =>
        new Promise((resolve, reject) =>
          server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
        ),
    };
  };
}

/** A weight file of about 400 kB: several reads of a connection. */
export const weights = writeSafetensors(
  new Map([
    [
      'layer/kernel',
      ndarrayOf(
        Float32Array.from({ length: 100_000 }, (_, i) => Math.sin(i)),
        [100_000],
      ),
    ],
  ]),
);

export const md5 = (bytes: Uint8Array) =>
  ({ algorithm: 'md5', value: createHash('md5').update(bytes).digest('hex') }) as const;
export const sha256 = (bytes: Uint8Array) =>
  ({ algorithm: 'sha256', value: createHash('sha256').update(bytes).digest('hex') }) as const;

/** That `bytes` are those of the weight file (compared one by one, 400 000 numbers take a second). */
export function expectWeights(bytes: Uint8Array | undefined): void {
  expect(bytes?.length).toBe(weights.length);
  expect(Buffer.from(bytes!).equals(weights)).toBe(true);
}

/** A good server of `bytes`: whole, or the range that is asked for if its version is still `etag`. */
export function whole(bytes: Uint8Array, { etag = '"1"' }: { etag?: string } = {}): Handler {
  return (request, response) => {
    const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? NaN);
    const condition = request.headers['if-range'];
    if (Number.isNaN(start) || (condition !== undefined && condition !== etag)) {
      response.writeHead(200, { 'content-length': bytes.length, etag }).end(bytes);
    } else if (start >= bytes.length) {
      response.writeHead(416, { 'content-range': `bytes */${bytes.length}` }).end();
    } else {
      const range = `bytes ${start}-${bytes.length - 1}/${bytes.length}`;
      response
        .writeHead(206, { 'content-length': bytes.length - start, 'content-range': range, etag })
        .end(bytes.subarray(start));
    }
  };
}

/** Promises all of `bytes`, sends the first `count` of them, then cuts the connection. */
export function cutAfter(count: number, bytes: Uint8Array, headers: Record<string, string> = { etag: '"1"' }): Handler {
  return (_, response) => {
    response.writeHead(200, { 'content-length': bytes.length, ...headers });
    response.write(bytes.subarray(0, count), () => setTimeout(() => response.destroy(), 200));
  };
}

/** Answers the first request with the first handler, and so on; all further ones with the last. */
export function inTurn(...handlers: readonly Handler[]): Handler {
  let turn = 0;
  return (request, response) => handlers[Math.min(turn++, handlers.length - 1)]!(request, response);
}

/** A cache in memory, and the files in it by their addresses. */
export function memoryCache() {
  const store = memoryStore();
  const files = weightCache(store);
  return {
    ...store,
    /** The file kept for an address, as a later call finds it. */
    kept: (url: string) => files.read(url),
    /** Puts a file there as a download does. */
    keep: (url: string, bytes: Uint8Array, checksum: WeightChecksum) => files.write(url, { bytes, checksum }),
    clear: async () => {
      for (const name of await store.list()) await store.remove(name);
    },
  };
}

/** Resolves when `condition` holds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}
