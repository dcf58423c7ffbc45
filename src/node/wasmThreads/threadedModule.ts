import os from 'node:os';
import { dirname, join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { createPool } from './pool.js';

/** The parts of the threaded binary that the package ships and does not use in Node. */
export interface ThreadedBinary {
  /** The script that starts the binary; each thread evaluates it, too. */
  readonly script: string;
  /** What a thread runs first. */
  readonly workerSource: string;
  readonly start: (configuration: Readonly<Record<string, unknown>>) => Promise<ThreadedModule>;
}

/** The binary after its start, as Emscripten shows it. */
export interface ThreadedModule {
  cwrap(name: string, returns: 'number' | null, takes: readonly 'number'[]): (...values: number[]) => number;
  readonly PThread: { readonly runningWorkers: Worker[]; readonly unusedWorkers: Worker[] };
  /** What the backend calls beyond its kernels: tfjs puts it there, and so must we. */
  tfjs?: Readonly<Record<string, (...values: number[]) => number | void>>;
}

/**
 * Starts the threaded binary as the package would, for `threads` threads, the caller's included, and makes something of
 * it, which begins the threads. Nothing of the process is changed outside of the synchronous calls that need it so;
 * after a failure no thread is left.
 */
export async function startThreadedModule<T>(
  binary: ThreadedBinary,
  threads: number,
  make: (module: ThreadedModule) => T,
): Promise<T> {
  const pool = createPool(binary.workerSource);
  const cores = fakedCores(2 * threads);
  try {
    const started = keepingListeners(() =>
      pool.making(() =>
        binary.start({
          mainScriptUrlOrBlob: binary.script,
          locateFile: (file: string) => join(dirname(binary.script), file),
          // The binary asks for the number of cores once, in between, and takes no more threads than half of it.
          preRun: cores.begin,
          onRuntimeInitialized: cores.end,
        }),
      ),
    );
    const module = await Promise.race([started, pool.failed]);
    module.tfjs = entryPoints(module, threads);
    const made = make(module);
    pool.begun();
    // It makes eight, whatever the count, and never needs those again.
    for (const worker of module.PThread.unusedWorkers.splice(0)) void worker.terminate();
    return made;
  } catch (cause) {
    await pool.end();
    throw cause;
  }
}

function entryPoints(module: ThreadedModule, threads: number): NonNullable<ThreadedModule['tfjs']> {
  const initWithThreadsCount = module.cwrap('init_with_threads_count', null, ['number']);
  const dispose = module.cwrap('dispose', null, []);
  return {
    init: module.cwrap('init', null, []),
    // The backend passes what was set by the package's setThreadsCount.
    initWithThreadsCount: () => initWithThreadsCount(threads),
    getThreadsCount: module.cwrap('get_threads_count', 'number', []),
    registerTensor: module.cwrap('register_tensor', null, ['number', 'number', 'number']),
    disposeData: module.cwrap('dispose_data', null, ['number']),
    // Its script takes away every listener for uncaught errors that the process had when it started, the host's too.
    dispose: () => keepingListeners(dispose),
  };
}

/** Shows this many cores to who asks `os.cpus()` between `begin` and `end`. */
function fakedCores(count: number) {
  const { cpus } = os;
  const show = (answer: typeof cpus) => Object.assign(os, { cpus: answer });
  return {
    begin: () => show(() => Array.from({ length: count }, () => cpus()[0]) as ReturnType<typeof cpus>),
    end: () => show(cpus),
  };
}

/**
 * Leaves the process's listeners for uncaught errors as they were before `work`. Emscripten adds two that throw again
 * whatever they get, which turns the exit code 1 of an uncaught error into 7.
 */
function keepingListeners<T>(work: () => T): T {
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  const before = events.map((event) => process.rawListeners(event));
  try {
    return work();
  } finally {
    for (const [index, event] of events.entries()) {
      const kept = before[index] as ((...values: unknown[]) => void)[];
      const now = process.rawListeners(event) as typeof kept;
      for (const listener of now) if (!kept.includes(listener)) process.removeListener(event, listener);
      for (const listener of kept) if (!now.includes(listener)) process.on(event, listener);
    }
  }
}
