import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { SpineError } from '../../errors.js';
import type { ThreadedBinary } from './threadedModule.js';

/**
 * What {@link useWasmThreads} needs of the package `@tensorflow/tfjs-backend-wasm`: give it the package as imported.
 */
export interface WasmBackendPackage {
  readonly BackendWasm: new (module: never) => tf.KernelBackend;
}

/**
 * @throws SpineError `invalid-argument` if it is something else, `backend-not-registered` if it belongs to another copy
 * of tfjs-core than this library.
 */
export function requireWasmPackage(wasm: WasmBackendPackage): void {
  const Backend: unknown = (wasm as WasmBackendPackage | undefined)?.BackendWasm;
  if (typeof Backend !== 'function') {
    throw new SpineError(
      'invalid-argument',
      "useWasmThreads needs the package of the wasm backend as it is imported: import * as wasm from '@tensorflow/tfjs-backend-wasm', then useWasmThreads(wasm).",
    );
  }
  if (!(Backend.prototype instanceof tf.KernelBackend)) {
    throw new SpineError(
      'backend-not-registered',
      'The package of the wasm backend that was given belongs to another copy of tfjs-core than the one this library computes with. Have one copy only: npm ls @tensorflow/tfjs-core shows them.',
    );
  }
}

/** Finds the threaded binary beside the very package that was given. Throws an Error that says what is missing. */
export function readThreadedBinary(wasm: WasmBackendPackage): ThreadedBinary {
  const definedIn = fileThatDefines(wasm);
  if (definedIn === undefined) throw new Error('the files of the package could not be located');
  const base = join(dirname(definedIn), '../wasm-out/tfjs-backend-wasm-threaded-simd');
  const [script, worker, binary] = [`${base}.js`, `${base}.worker.js`, `${base}.wasm`];
  const missing = [script, worker, binary].find((file) => !existsSync(file));
  if (missing !== undefined) {
    throw new Error(`there is no ${missing}. Use the package as it is installed, not bundled; tfjs 4.22 has the file`);
  }
  const require = createRequire(script);
  const start: unknown = require(script);
  const { wasmWorkerContents } = require(worker) as { wasmWorkerContents?: unknown };
  if (typeof start !== 'function' || typeof wasmWorkerContents !== 'string') {
    throw new Error(`${script} is not as in tfjs 4.22, the version this is known to work with`);
  }
  // Its line feeds stand inside of string literals.
  return { script, workerSource: wasmWorkerContents.replace(/\n/g, '\\n'), start: start as ThreadedBinary['start'] };
}

/**
 * The file that the package's class was loaded from. Resolving the package's name would do only if the library finds
 * the same copy as the host. So the class is asked: its constructor calls back, and the caller's place is on the stack.
 */
function fileThatDefines({ BackendWasm }: WasmBackendPackage): string | undefined {
  const before = Object.getOwnPropertyDescriptors(Error);
  let file: unknown;
  const located = new Error('located');
  const initWithThreadsCount = () => {
    Error.stackTraceLimit = 2;
    Error.prepareStackTrace = (_, [, caller]) => caller?.getFileName();
    file = new Error().stack;
    throw located;
  };
  try {
    new BackendWasm({ tfjs: { initWithThreadsCount } } as never);
  } catch {
    // As intended; had it failed otherwise, no file would be known.
  } finally {
    for (const name of ['prepareStackTrace', 'stackTraceLimit'] as const) {
      if (before[name] === undefined) Reflect.deleteProperty(Error, name);
      else Object.defineProperty(Error, name, before[name]);
    }
  }
  if (typeof file !== 'string') return undefined;
  return file.startsWith('file:') ? fileURLToPath(file.replace(/[?#].*$/, '')) : file;
}
