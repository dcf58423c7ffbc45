import { execFile } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';
import { afterAll, beforeAll } from 'vitest';

export type Form = 'esm' | 'cjs';

export interface Outcome {
  readonly exitCode: number | string;
  /** What the program gave to `print`, in order. */
  readonly printed: readonly unknown[];
  readonly stderr: string;
}

/** Inside the project, so that hosts find the packages; not tracked. */
const folder = fileURLToPath(new URL('../../.cache/hosts/', import.meta.url));
let programs = 0;

/** Builds the package in both forms before the tests of the calling file, for {@link runHost}. */
export function useHostProcesses(): void {
  beforeAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    await build({
      config: false,
      entry: ['src/index.ts', 'src/node/index.ts'],
      format: ['esm', 'cjs'],
      target: ['es2022', 'node20'],
      outDir: path.join(folder, 'package'),
      splitting: true,
      silent: true,
    });
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
}

/**
 * Runs the body of an async function in a process of its own, as a module of that form. It sees `tf`, `wasm`, `spine`,
 * `node` (what the names suggest), `workerThreads`, `os`, and `print(value)`.
 */
export async function runHost(form: Form, body: string): Promise<Outcome> {
  const file = hostFile(form, body);
  return new Promise((resolve) => {
    execFile(process.execPath, [file], { timeout: 50_000 }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : (error.code ?? error.signal ?? 'none');
      const printed = stdout.split('\n').filter((text) => text !== '').map((text) => JSON.parse(text) as unknown);
      resolve({ exitCode, printed, stderr });
    });
  });
}

export function hostFile(form: Form, body: string): string {
  const extension = form === 'esm' ? 'js' : 'cjs';
  const modules = {
    tf: '@tensorflow/tfjs-core',
    wasm: '@tensorflow/tfjs-backend-wasm',
    tfl: '@tensorflow/tfjs-layers',
    spine: `./package/index.${extension}`,
    node: `./package/node/index.${extension}`,
    workerThreads: 'node:worker_threads',
    os: 'node:os',
    module: 'node:module',
  };
  const ownNamespace = ['workerThreads', 'os', 'module'];
  const head = Object.entries(modules).map(([name, from]) => {
    if (form === 'cjs') return name === 'module' ? `const nodeModule = require('${from}');` : `const ${name} = require('${from}');`;
    return ownNamespace.includes(name) ? `import ${name === 'module' ? 'nodeModule' : name} from '${from}';` : `import * as ${name} from '${from}';`;
  });
  const program = [
    ...head,
    'const print = (value) => console.log(JSON.stringify(value));',
    // Called without await: an unhandled rejection is then the program's, as it would be in a host.
    `(async () => {\n${body}\n})();`,
  ].join('\n');
  const file = path.join(folder, `${++programs}.${form === 'esm' ? 'mjs' : 'cjs'}`);
  writeFileSync(file, program);
  return file;
}

/** A copy of the wasm backend's package that a test may change. Returns its folder. */
export function hostFolder(): string {
  return folder;
}
