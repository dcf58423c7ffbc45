/**
 * Bundles a page over the packed library with Vite, as an application would, and lets a real browser train one step and
 * predict on webgl and webgpu; the cpu backend, in the same page, says what is right. Both run on the CPU here
 * (SwiftShader), so no graphics card is needed. Backends are chosen and lost, and the gradients of every layer compared.
 * Then the page fetches weights from another site and keeps them, is reloaded while it trains with checkpoints in its
 * database, and loses the backends that it trains on. All of it happens under a Content-Security-Policy that allows no
 * code from strings. With SPINE_XRAY_WEIGHTS set, Xception with ImageNet weights is held
 * to Keras on both.
 *
 *   npm run test:browser                  CHROMIUM_PATH, if Chromium is not /usr/bin/chromium
 *   npm run test:browser -- resuming      this check only: training, backends, gradients, fetching, stores, resuming, imagenet
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { build, createLogger, preview } from 'vite';
import type { Outcome } from '../test/browser/app/main.js';
import { checkBackends } from './browser/checkBackends.js';
import { checkFetching } from './browser/checkFetching.js';
import { checkGradients } from './browser/checkGradients.js';
import { checkImageNet } from './browser/checkImageNet.js';
import { checkResuming } from './browser/checkResuming.js';
import { checkStores } from './browser/checkStores.js';
import { checkPolicy, strictPolicy, watchPolicy } from './browser/policy.js';
import { pack, root, run } from './package/pack.js';

const chromiumOptions = {
  executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--use-angle=swiftshader',
    '--enable-unsafe-swiftshader',
    '--enable-unsafe-webgpu',
    '--use-webgpu-adapter=swiftshader',
  ],
};

/** Largest difference allowed between a probability or loss of a backend and of cpu: sums in another order. */
const tolerance = { before: 1e-3, loss: 1e-3, after: 1e-2 };

const problems: string[] = [];
let passed = 0;

function check(what: string, ok: boolean, detail = ''): void {
  console.log(`${ok ? '✓' : '✗'} ${what}${detail && ` (${detail})`}`);
  if (ok) passed++;
  else problems.push(what);
}

const app = mkdtempSync(path.join(tmpdir(), 'spine-xray-ml-browser-'));
try {
  installPacked(app);
  const warnings = await bundle(app);
  check('Vite bundles the page without a warning', warnings.length === 0, warnings.join('; '));

  const server = await preview({
    root: app,
    logLevel: 'warn',
    preview: { port: 0, host: '127.0.0.1', headers: { 'Content-Security-Policy': strictPolicy } },
  });
  const browser = await chromium.launch(chromiumOptions);
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => check(`no error in the page: ${error.message}`, false));
    const violations = await watchPolicy(page);
    const address = server.resolvedUrls?.local[0];
    if (address === undefined) throw new Error('the preview server has no address');
    await page.goto(address);
    await page.waitForFunction(() => window.trainAndPredict !== undefined);

    const checks: Readonly<Record<string, () => Promise<void>>> = {
      training: () => checkTraining(page),
      backends: () => checkBackends(page, check),
      gradients: () => checkGradients(browser, check),
      fetching: () => checkFetching(page, check),
      stores: () => checkStores(page, check),
      resuming: () => checkResuming(page, check),
      imagenet: () => checkImageNet(page, check),
    };
    const wanted = process.argv.slice(2);
    const unknown = wanted.filter((name) => !(name in checks));
    if (unknown.length > 0)
      throw new Error(`There is no check "${unknown.join('", "')}", but ${Object.keys(checks).join(', ')}.`);
    for (const [name, run] of Object.entries(checks)) if (wanted.length === 0 || wanted.includes(name)) await run();
    await checkPolicy(page, violations, check);
  } finally {
    await browser.close();
    await server.close();
  }
} finally {
  rmSync(app, { recursive: true, force: true });
}
console.log(`${passed} passed, ${problems.length} failed`);
process.exitCode = problems.length > 0 ? 1 : 0;

/** Trains and predicts on each backend; cpu says what is right. */
async function checkTraining(page: Page): Promise<void> {
  const on = (backend: string) => page.evaluate((name) => window.trainAndPredict?.(name), backend);
  const reference = await on('cpu');
  if (reference === undefined) throw new Error('the page has no trainAndPredict');
  for (const backend of ['cpu', 'webgl', 'webgpu']) {
    try {
      compare(backend === 'cpu' ? reference : await on(backend), backend, reference);
    } catch (error) {
      check(`${backend}: ${error instanceof Error ? error.message : String(error)}`, false);
    }
  }
}

function compare(outcome: Outcome | undefined, backend: string, reference: Outcome): void {
  if (outcome === undefined) throw new Error('no outcome');
  const farthest = (a: readonly number[], b: readonly number[]) =>
    Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? NaN))));
  const near = (what: 'before' | 'after' | 'loss', a: readonly number[], b: readonly number[]) => {
    const distance = farthest(a, b);
    check(
      `${backend}: ${what} as on cpu`,
      distance <= tolerance[what],
      `largest difference ${distance.toExponential(1)}`,
    );
  };
  check(`${backend}: is the backend that ran`, outcome.backend === backend, outcome.backend);
  if (outcome !== reference) {
    near('before', outcome.before, reference.before);
    near('loss', [outcome.loss], [reference.loss]);
    near('after', outcome.after, reference.after);
  }
  const changed = farthest(outcome.reloaded, outcome.after);
  check(
    `${backend}: the trained model, saved and loaded by tfjs alone, predicts the same`,
    changed <= 1e-6,
    `largest difference ${changed.toExponential(1)}`,
  );
  const moved = farthest(outcome.before, outcome.after);
  check(`${backend}: the step changes the predictions`, moved > 2 * tolerance.after, `by up to ${moved.toFixed(3)}`);
  check(`${backend}: leaks no tensor`, outcome.leakedTensors === 0, `${outcome.leakedTensors}`);
}

/** The page's folder, with the packed library in its node_modules and everything else linked from here. */
function installPacked(directory: string): void {
  cpSync(path.join(root, 'test/browser/app'), directory, { recursive: true });
  const modules = path.join(directory, 'node_modules');
  mkdirSync(modules);
  for (const name of readdirSync(path.join(root, 'node_modules'))) {
    if (!name.startsWith('.')) symlinkSync(path.join(root, 'node_modules', name), path.join(modules, name));
  }
  run('tar', ['-xzf', pack(directory), '-C', directory], directory);
  run('mv', ['package', 'node_modules/spine-xray-ml'], directory);
}

/** Builds for production. Returns the warnings, of which an application's author should see none from this library. */
async function bundle(directory: string): Promise<string[]> {
  const warnings: string[] = [];
  const logger = createLogger('error');
  // What tfjs's own files are warned of (eval, say) is not this library's doing.
  logger.warn = logger.warnOnce = (message) => void (/@tensorflow/.test(message) || warnings.push(message));
  await build({
    root: directory,
    configFile: false,
    customLogger: logger,
    build: { target: 'es2022', chunkSizeWarningLimit: 10_000 },
  });
  return warnings;
}
