import { ESLint } from 'eslint';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const borders = 'spine/borders';

// Snippets have no file on disk for the type-aware rules to look at: only the rules that need none are asked here.
const eslint = new ESLint({
  cwd: root,
  ruleFilter: ({ ruleId }) => !ruleId.startsWith('@typescript-eslint/'),
  overrideConfig: { files: ['src/**/*.ts'], languageOptions: { parserOptions: { projectService: false } } },
});

/** The rules that `code` breaks if it stood in `src/<file>`. */
async function broken(file: string, code: string): Promise<(string | null)[]> {
  const [result] = await eslint.lintText(`${code}\n`, { filePath: path.join(root, 'src', file) });
  if (result === undefined) throw new Error(`src/${file} is not linted`);
  expect(result.messages.filter((message) => message.fatal)).toEqual([]);
  return result.messages.map((message) => message.ruleId);
}

describe('imports between the folders of src', () => {
  it.each([
    ['augment/flip.ts', "export { array } from '../image/index.js';"],
    ['training/stages.ts', "export type { Dataset } from '../dataset/index.js';"],
    ['weights/keras/reader.ts', "export { array } from '../../image/index.js';"],
    ['weights/keras/reader.ts', "export * from '../match.js';"],
    ['metrics/accuracy.ts', "export { SpineError } from '../errors.js';"],
    ['report/page.ts', "export * from '../metrics/index.js';"],
    ['node/folder.ts', "export { readFile } from 'node:fs/promises';"],
    ['node/folder.ts', "export const sharp = () => import('sharp');"],
    ['node/folder.ts', "export type { Sharp } from 'sharp';"],
    ['models/head.ts', "export * as tf from '@tensorflow/tfjs-core';"],
    ['index.ts', "export { array } from './image/index.js';"],
  ])('src/%s may hold %s', async (file, code) => {
    expect(await broken(file, code)).toEqual([]);
  });

  it.each([
    ['against the flow', 'image/pixels.ts', "export * from '../preprocess/index.js';"],
    ['against the flow, types only', 'dataset/split.ts', "export type { History } from '../training/index.js';"],
    ['against the flow, in a type', 'image/pixels.ts', "export type X = import('../preprocess/index.js').X;"],
    ['against the flow, on demand', 'image/pixels.ts', "export const x = () => import('../preprocess/index.js');"],
    ['metrics from training', 'metrics/accuracy.ts', "export * from '../training/index.js';"],
    ['explain from training', 'explain/owen.ts', "export * from '../training/index.js';"],
    ['report from phantom', 'report/page.ts', "export * from '../phantom/index.js';"],
    ['anything from report', 'training/stages.ts', "export * from '../report/index.js';"],
    ['anything from node', 'report/page.ts', "export * from '../node/index.js';"],
    ['past a folder’s door', 'augment/flip.ts', "export { array } from '../image/array.js';"],
    ['the root index', 'augment/flip.ts', "export { array } from '../index.js';"],
    ['a folder without a place', 'leftovers/flip.ts', "export { array } from '../image/index.js';"],
    ['outside src', 'augment/flip.ts', "export * from '../../test/support/backend.js';"],
    ['an import for its effect alone', 'models/head.ts', "import '../image/index.js';"],
    ['no extension', 'augment/flip.ts', "export { array } from '../image/index';"],
    ['Node outside src/node', 'report/page.ts', "export { readFile } from 'node:fs/promises';"],
    ['Node without its prefix', 'report/page.ts', "export { readFile } from 'fs/promises';"],
    ['an optional peer at load time', 'node/folder.ts', "import sharp from 'sharp';\nexport { sharp };"],
    ['a subpath of one', 'node/manifest.ts', "export { parse } from 'csv-parse/sync';"],
    ['a package without CommonJS form', 'report/png.ts', "export { encode } from 'fast-png';"],
    ['the whole of tfjs', 'models/head.ts', "export * as tf from '@tensorflow/tfjs';"],
    ['tfjs-node', 'node/backend.ts', "export const tf = () => import('@tensorflow/tfjs-node');"],
    ['the cpu backend', 'backend/choose.ts', "import '@tensorflow/tfjs-backend-cpu';"],
    ['a file of the wasm backend', 'backend/choose.ts', "import '@tensorflow/tfjs-backend-wasm/dist/base.js';"],
    ['the webgl backend', 'backend/choose.ts', "import '@tensorflow/tfjs-backend-webgl';"],
    ['the webgpu backend', 'backend/choose.ts', "export const gpu = () => import('@tensorflow/tfjs-backend-webgpu');"],
  ])('%s is refused (src/%s)', async (_what, file, code) => {
    expect(await broken(file, code)).toEqual([borders]);
  });

  it('keeps them itself', async () => {
    const results = await eslint.lintFiles(['src/**/*.ts']);
    expect(results.length).toBeGreaterThan(0);
    expect(
      results.flatMap(({ filePath, messages }) => messages.map(({ message }) => `${filePath}: ${message}`)),
    ).toEqual([]);
  });
});

describe('chance and Node in src', () => {
  it('refuses Math.random', async () => {
    expect(await broken('augment/flip.ts', 'export const chance = Math.random();')).toEqual([
      'no-restricted-properties',
    ]);
    expect(await broken('augment/flip.ts', 'const { random } = Math;\nexport { random };')).toEqual([
      'no-restricted-properties',
    ]);
  });

  it('refuses globals that browsers lack', async () => {
    expect(await broken('augment/flip.ts', 'export const width = process.stdout.columns;')).toEqual([
      'no-restricted-globals',
    ]);
    expect(await broken('node/terminal.ts', 'export const width = process.stdout.columns;')).toEqual([]);
  });
});
