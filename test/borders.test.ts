import { ESLint } from 'eslint';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { mayImport, shared } from '../scripts/lint/folders.js';
import { importGraph, reachable } from '../scripts/lint/importGraph.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = path.join(root, 'src');
const borders = 'spine/borders';
const circles = 'spine/circles';

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
    ['weights/keras/reader.ts', "export { modelClasses } from '../../models/index.js';"],
    ['weights/keras/reader.ts', "export * from '../match.js';"],
    ['metrics/accuracy.ts', "export { SpineError } from '../errors.js';"],
    ['report/page.ts', "export * from '../metrics/index.js';"],
    ['node/folder.ts', "export { readFile } from 'node:fs/promises';"],
    ['node/folder.ts', "export const sharp = () => import('sharp');"],
    ['node/folder.ts', "export type { Sharp } from 'sharp';"],
    ['models/head.ts', "export * as tf from '@tensorflow/tfjs-core';"],
    ['index.ts', "export { array } from './image/index.js';"],
    ['image/view.ts', "export type { NdArray } from 'ndarray';"],
    ['weights/formats/newFormat.ts', "export { namedArrays } from '../namedArrays.js';"],
    ['weights/formats/newFormat.ts', "export { readTorchCheckpoint } from './torch/index.js';"],
    ['weights/matching/newMatch.ts', "export { readWeights } from '../formats/index.js';"],
    ['weights/newFile.ts', "export { readWeights } from './formats/index.js';"],
  ])('src/%s may hold %s', async (file, code) => {
    expect(await broken(file, code)).toEqual([]);
  });

  it.each([
    ['against the flow', 'image/newFile.ts', "export * from '../preprocess/index.js';"],
    ['against the flow, types only', 'dataset/newFile.ts', "export type { History } from '../training/index.js';"],
    ['against the flow, in a type', 'image/newFile.ts', "export type X = import('../preprocess/index.js').X;"],
    ['against the flow, on demand', 'image/newFile.ts', "export const x = () => import('../preprocess/index.js');"],
    ['metrics from training', 'metrics/accuracy.ts', "export * from '../training/index.js';"],
    ['explain from training', 'explain/owen.ts', "export * from '../training/index.js';"],
    ['report from phantom', 'report/page.ts', "export * from '../phantom/index.js';"],
    ['anything from report', 'training/stages.ts', "export * from '../report/index.js';"],
    ['anything from node', 'report/page.ts', "export * from '../node/index.js';"],
    ['past a folder’s door', 'augment/flip.ts', "export { array } from '../image/array.js';"],
    ['past a door in a folder', 'weights/newFile.ts', "export { readZip } from './formats/zip.js';"],
    ['past a door beside it', 'weights/matching/newMatch.ts', "export { readZip } from '../formats/zip.js';"],
    ['two doors at once', 'weights/newFile.ts', "export * from './formats/torch/index.js';"],
    ['a door of another folder’s room', 'training/newFile.ts', "export * from '../weights/formats/index.js';"],
    ['a package that makes code', 'image/view.ts', "import ndarray from 'ndarray';\nexport { ndarray };"],
    ['the same on demand', 'image/view.ts', "export const ndarray = () => import('ndarray');"],
    ['the same for its types as values', 'image/view.ts', "export { type NdArray } from 'ndarray';"],
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

  it.each([
    ['from the file that reads it', 'dataset/sample.ts', "export { createBatchReader } from './batchReader.js';"],
    ['of types', 'dataset/sample.ts', "export type { Batch } from './batchReader.js';"],
    ['in a type', 'dataset/sample.ts', "export type Batch = import('./batchReader.js').Batch;"],
    ['by way of others', 'dataset/sample.ts', "export type { Batch } from './index.js';"],
    ['between files of src itself', 'errors.ts', "export { quoted } from './arguments.js';"],
    ['of a file with itself', 'dataset/sample.ts', "export type { Dataset as Films } from './sample.js';"],
  ])('a circle %s is refused (src/%s)', async (_what, file, code) => {
    expect(await broken(file, code)).toEqual([circles]);
  });

  it('keeps them itself', async () => {
    const results = await eslint.lintFiles(['src/**/*.ts']);
    expect(results.length).toBeGreaterThan(0);
    expect(
      results.flatMap(({ filePath, messages }) => messages.map(({ message }) => `${filePath}: ${message}`)),
    ).toEqual([]);
  });
});

describe('the table of imports', () => {
  const graph = importGraph(source);
  const parts = (file: string) => path.relative(source, file).split(path.sep);
  const imports = [...graph].flatMap(([file, found]) =>
    found.flatMap(({ file: to }) => (to === undefined ? [] : [{ from: parts(file), to: parts(to) }])),
  );
  /** The folders that the files of one import, in the order of the table. */
  const usedBy = (folder: string) => {
    const used = new Set(
      imports.filter(({ from, to }) => from[0] === folder && to.length > 1).map(({ to: [name] }) => name),
    );
    return Object.keys(mayImport).filter((other) => other !== folder && used.has(other));
  };

  it('grants each folder what it imports, and nothing more', () => {
    const used = Object.fromEntries(Object.keys(mayImport).map((folder) => [folder, usedBy(folder)]));
    const granted = Object.fromEntries(
      Object.entries(mayImport).map(([folder, row]) => [
        folder,
        Object.keys(mayImport).filter((other) => row.includes(other)),
      ]),
    );
    expect(used).toEqual(granted);
    expect(Object.values(mayImport).flat()).toEqual(Object.values(granted).flat());
  });

  it('flows one way', () => {
    const above: string[] = [];
    for (const [folder, row] of Object.entries(mayImport)) {
      expect(above).toEqual(expect.arrayContaining([...row]));
      above.push(folder);
    }
  });

  it('names every folder of src, and shared files that some folder imports', () => {
    const folders = new Set(
      [...graph.keys()]
        .map(parts)
        .filter(({ length }) => length > 1)
        .map(([folder]) => folder),
    );
    expect([...folders].sort()).toEqual(Object.keys(mayImport).sort());
    const used = new Set(
      imports.filter(({ from, to }) => from.length > 1 && to.length === 1).map(({ to: [name] }) => name),
    );
    expect([...used].sort()).toEqual(shared.map((name) => name.replace(/\.js$/, '.ts')).sort());
  });

  it.each(['metrics', 'phantom', 'predictions', 'image', 'dataset'])('loads %s without tfjs', (folder) => {
    const files = [...reachable(graph, path.join(source, folder, 'index.ts'), { types: false })];
    const loaded = files.flatMap((file) => graph.get(file)?.filter(({ isType }) => !isType) ?? []);
    expect(files.length).toBeGreaterThan(1);
    expect(loaded.map(({ name }) => name).filter((name) => name.startsWith('@tensorflow/'))).toEqual([]);
  });

  it('sees tfjs where it is loaded', () => {
    const files = [...reachable(graph, path.join(source, 'inference/index.ts'), { types: false })];
    expect(files.flatMap((file) => graph.get(file)!.map(({ name }) => name))).toContain('@tensorflow/tfjs-core');
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
