import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { ndarrayOf, type WeightFile } from 'spine-xray-ml';
import { writeSafetensors } from 'spine-xray-ml/weights';
import type {} from '../../test/browser/app/main.js';

const weights = writeSafetensors(new Map([['layer/kernel', ndarrayOf(new Float32Array(50_000).fill(0.5), [50_000])]]));
const checksum = { algorithm: 'md5', value: createHash('md5').update(weights).digest('hex') } as const;

/** Serves weights to pages of other sites, except under /closed; /cut breaks off the first time. */
function answer(request: IncomingMessage, response: ServerResponse, isFirst: boolean): void {
  const path = request.url ?? '';
  if (path !== '/closed') response.setHeader('access-control-allow-origin', '*');
  if (path === '/moved') return void response.writeHead(302, { location: '/good' }).end();
  if (path === '/page') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? NaN);
  if (start >= 0) {
    const range = `bytes ${start}-${weights.length - 1}/${weights.length}`;
    return void response
      .writeHead(206, { 'content-range': range, 'content-length': weights.length - start })
      .end(weights.subarray(start));
  }
  response.writeHead(200, { 'content-length': weights.length });
  if (path === '/cut' && isFirst)
    response.write(weights.subarray(0, 100_000), () => setTimeout(() => response.destroy(), 100));
  else response.end(weights);
}

/** Lets the page fetch weights from another site: over redirects, a broken connection, and from its Cache Storage. */
export async function checkFetching(
  page: Page,
  check: (what: string, ok: boolean, detail?: string) => void,
): Promise<void> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    // A preflight, for a header that a page may not send unasked.
    if (request.method === 'OPTIONS')
      return void response
        .writeHead(204, { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' })
        .end();
    const isFirst = !asked.some((earlier) => earlier.startsWith(request.url ?? ''));
    asked.push(`${request.url ?? ''} ${request.headers.range ?? 'whole'}`);
    answer(request, response, isFirst);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  /** Whether an entry of the page's store is of that address. */
  const isKept = (entries: readonly string[], path: string) => {
    const hash = createHash('sha256')
      .update(address + path)
      .digest('hex');
    return entries.some((url) => url.includes(`/${hash.slice(0, 16)}.`));
  };
  try {
    const fetched = (path: string, more: Partial<WeightFile> = { checksum }) => {
      asked.length = 0;
      return page.evaluate((file) => window.fetchInPage?.(file), { url: address + path, ...more });
    };
    const expectFetched = async (what: string, path: string, requests: string[]) => {
      const outcome = await fetched(path);
      const isRight = outcome?.names?.join() === 'layer/kernel' && isKept(outcome.kept, path);
      check(
        `fetching: ${what}`,
        isRight && asked.join() === requests.join(),
        `${JSON.stringify(outcome)} after ${asked.join()}`,
      );
    };
    const expectRefused = async (what: string, path: string, error: string, more?: Partial<WeightFile>) => {
      const outcome = await fetched(path, more);
      check(`fetching: ${what}`, outcome?.error === error && !isKept(outcome.kept, path), JSON.stringify(outcome));
    };
    await expectFetched('from another site', '/good', ['/good whole']);
    await expectFetched('the second time from Cache Storage', '/good', []);
    await page.reload();
    await page.waitForFunction(() => window.fetchInPage !== undefined);
    await expectFetched('and after a reload of the page', '/good', []);
    await expectFetched('over a redirect', '/moved', ['/moved whole', '/moved whole', '/good whole']);
    await expectFetched('goes on after a broken connection', '/cut', ['/cut whole', '/cut bytes=100000-']);
    await expectRefused('refuses another checksum', '/other', 'weights-checksum', {
      checksum: { algorithm: 'md5', value: '0'.repeat(32) },
    });
    await expectRefused('refuses a web page', '/page', 'download-failed content');
    await expectRefused('names a site that does not permit it', '/closed', 'download-failed connection');
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
