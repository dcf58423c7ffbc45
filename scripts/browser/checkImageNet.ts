import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import type { Page } from 'playwright-core';
import type {} from '../../test/browser/app/main.js';

interface Reference {
  readonly std: number;
  readonly channelMeans0to7: readonly number[];
  readonly 'at[3,4,0..7]': readonly number[];
}

/** Compares Xception with ImageNet weights to Keras at five depths, on the browser's backends; in units of the spread. */
export async function checkImageNet(
  page: Page,
  check: (what: string, ok: boolean, detail?: string) => void,
): Promise<void> {
  const folder = process.env['SPINE_XRAY_WEIGHTS'] ?? '';
  const file = path.join(folder, 'xception-imagenet-blocks1-13.safetensors');
  const reference = path.join(folder, 'reference.json');
  if (folder === '' || !existsSync(file) || !existsSync(reference)) {
    console.log('– ImageNet weights: skipped, since SPINE_XRAY_WEIGHTS names no folder with them');
    return;
  }
  const expected = Object.entries(JSON.parse(readFileSync(reference, 'utf8')) as Record<string, string | Reference>)
    .filter((entry): entry is [string, Reference] => typeof entry[1] !== 'string')
    .map(([name, values]) => ({ layer: name.startsWith('output of block 13') ? 'add_12' : name, values }));
  const server = createServer((_, response) => {
    response.writeHead(200, { 'access-control-allow-origin': '*' });
    createReadStream(file).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/weights.safetensors`;
  try {
    for (const backend of ['webgl', 'webgpu']) {
      const layers = expected.map(({ layer }) => layer);
      const found = await page.evaluate(
        ([name, address, wanted]) => window.imageNetActivations?.(name, address, wanted),
        [backend, url, layers] as const,
      );
      const deviations = expected.map(({ values }, index) => {
        const numbers = [...(found?.[index]?.channelMeans ?? []), ...(found?.[index]?.pixel ?? [])];
        const right = [...values.channelMeans0to7, ...values['at[3,4,0..7]']];
        return Math.max(...right.map((value, at) => Math.abs(value - (numbers[at] ?? NaN)))) / values.std;
      });
      const worst = Math.max(...deviations);
      check(
        `${backend}: ImageNet's Xception as in Keras at ${expected.length} depths`,
        expected.length === 5 && worst < 1e-3,
        `${worst.toExponential(1)} of the spread`,
      );
    }
  } finally {
    server.close();
  }
}
