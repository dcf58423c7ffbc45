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
export const hostFolder = fileURLToPath(new URL('../../.cache/hosts/', import.meta.url));
let programs = 0;

/** Builds the package in both forms before the tests of the calling file, for {@link runHost}. */
export function useHostProcesses(): void {
  beforeAll(async () => {
    rmSync(hostFolder, { recursive: true, force: true });
    mkdirSync(hostFolder, { recursive: true });
    await build({
      config: false,
      entry: ['src/index.ts', 'src/node/index.ts'],
      format: ['esm', 'cjs'],
      target: ['es2022', 'node20'],
      outDir: path.join(hostFolder, 'package'),
      splitting: true,
      silent: true,
    });
  }, 120_000);
  afterAll(() => rmSync(hostFolder, { recursive: true, force: true }));
}

/**
 * Runs the body of an async function in a process of its own, as a module of that form. It sees `tf`, `wasm`, `spine`,
 * `node` (the subpath), Node's own `workerThreads`, `os` and `nodeModule`, and `print(value)`.
 */
export async function runHost(form: Form, body: string): Promise<Outcome> {
  const file = hostFile(form, body);
  return new Promise((resolve) => {
    execFile(process.execPath, [file], { timeout: 50_000 }, (error, stdout, stderr) => {
      const exitCode = error === null ? 0 : (error.code ?? error.signal ?? 'none');
      const printed = stdout
        .split('\n')
        .filter((text) => text !== '')
        .map((text) => JSON.parse(text) as unknown);
      resolve({ exitCode, printed, stderr });
    });
  });
}

/** Writes that program. Returns its path. */
export function hostFile(form: Form, body: string): string {
  const extension = form === 'esm' ? 'js' : 'cjs';
  const modules = {
    tf: '@tensorflow/tfjs-core',
    wasm: '@tensorflow/tfjs-backend-wasm',
    spine: `./package/index.${extension}`,
    node: `./package/node/index.${extension}`,
    workerThreads: 'node:worker_threads',
    os: 'node:os',
    nodeModule: 'node:module',
  };
  const head = Object.entries(modules).map(([name, from]) => {
    if (form === 'cjs') return `const ${name} = require('${from}');`;
    // The default of a built-in module is the object that CommonJS sees.
    return `import ${from.startsWith('node:') ? name : `* as ${name}`} from '${from}';`;
  });
  const program = [
    ...head,
    'const print = (value) => console.log(JSON.stringify(value));',
    // Not a top-level await, which CommonJS lacks. Node has a listener of its own while an ES module is being evaluated.
    `setImmediate(async () => {\n${body}\n});`,
  ].join('\n');
  const file = path.join(hostFolder, `${++programs}.${form === 'esm' ? 'mjs' : 'cjs'}`);
  writeFileSync(file, program);
  return file;
}
