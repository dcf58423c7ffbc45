import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import type { Browser } from 'playwright-core';
import { build, preview } from 'vite';
import type {} from '../../test/browser/gradients/main.js';
import { layerCases, nameOf } from '../../test/training/gradients/gradientCases.js';
import { root } from '../package/pack.js';
import { sourceAliases } from '../package/sourceAliases.js';

const tolerance = 1e-3;

/** Holds the gradients of every layer of the backbones, on webgl and webgpu, to cpu's. */
export async function checkGradients(
  browser: Browser,
  check: (what: string, ok: boolean, detail?: string) => void,
): Promise<void> {
  await tf.setBackend('cpu');
  const cases = layerCases();
  const built = mkdtempSync(path.join(tmpdir(), 'spine-xray-ml-gradients-'));
  const options = {
    root: path.join(root, 'test/browser/gradients'),
    configFile: false,
    logLevel: 'error',
    resolve: { alias: sourceAliases },
  } as const;
  const outDir = { outDir: built, emptyOutDir: true };
  await build({ ...options, build: { ...outDir, target: 'es2022', chunkSizeWarningLimit: 10_000 } });
  const server = await preview({ ...options, build: outDir, preview: { port: 0, host: '127.0.0.1' } });
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => check(`no error in the page of gradients: ${error.message}`, false));
    await page.goto(server.resolvedUrls!.local[0]!);
    await page.waitForFunction(() => window.compareGradients !== undefined);
    for (const backend of ['webgl', 'webgpu']) {
      let worst = { error: 0, of: '' };
      let wrong = 0;
      for (const layer of cases) {
        const found = await page.evaluate(([name, given]) => window.compareGradients?.(name, given), [
          backend,
          layer,
        ] as const);
        const error = found?.error ?? Infinity;
        const of = `${nameOf(layer)}: ${found?.name}`;
        if (!(error < tolerance)) {
          wrong++;
          check(`${backend}: gradients as on cpu of ${of}`, false, error.toExponential(1));
        }
        if (!(error <= worst.error)) worst = { error, of };
      }
      check(
        `${backend}: gradients as on cpu of ${cases.length} layers`,
        wrong === 0 && cases.length > 60,
        `worst ${worst.error.toExponential(1)}, ${worst.of}`,
      );
    }
    await page.close();
  } finally {
    await server.close();
    rmSync(built, { recursive: true, force: true });
  }
}
