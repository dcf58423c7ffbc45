import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs-core';
import { useBackend } from '../../backend/index.js';
import { SpineError } from '../../errors.js';
import { optionsOf, wholeNumber } from '../../options.js';
import { reasonOf } from '../../reason.js';
import { startThreadedModule, type ThreadedModule } from './threadedModule.js';
import { readThreadedBinary, requireWasmPackage, type WasmBackendPackage } from './wasmPackage.js';

/** The most threads that the binary of tfjs 4.22 uses, the calling one included. */
export const maxWasmThreads = 8;

/** What the package registers its backend with. */
const packagePriority = 2;

/** Options of {@link useWasmThreads}. */
export interface UseWasmThreadsOptions {
  /**
   * How many threads compute, the calling one included: 1 to {@link maxWasmThreads}. More than the machine has
   * processors to give make it slower. Default: `os.availableParallelism()`, at most the maximum.
   */
  readonly threads?: number;
}

export const useWasmThreadsOptions = optionsOf<UseWasmThreadsOptions>('useWasmThreads', {
  threads: wholeNumber(1, maxWasmThreads),
});

/**
 * Starts tfjs's wasm backend on several threads and makes it the active one, in Node, where the package starts it on
 * one thread whatever is asked of it. To be called before anything is computed on that backend.
 *
 * Kernels of convolutions, matrix products and other heavy work are divided among the threads; the result of each is
 * equal to the bit to that of one thread. A call with the count that is running already only makes the backend active.
 * `tf.removeBackend('wasm')` ends the threads; after it, another call starts anew, with another count if wanted.
 *
 * The threads are workers of Node's, and never keep the process alive.
 *
 * @param wasm the package as imported: `import * as wasm from '@tensorflow/tfjs-backend-wasm'`. This library imports no
 * backend, and so starts the copy that your application uses.
 * @returns how many threads compute: what the started binary itself says.
 * @throws SpineError `invalid-argument` for a count out of range or an unknown option; `backend-not-registered` if the
 * package belongs to another copy of tfjs-core; `threads-unavailable` if the backend has started with another count, if
 * no count is given and the machine has one processor, if the package's files are not as known, or if the binary cannot
 * start. Nothing of the process is then changed, and `useBackend('wasm')` starts the backend on one thread.
 */
export async function useWasmThreads(wasm: WasmBackendPackage, options: UseWasmThreadsOptions = {}): Promise<number> {
  const { threads: asked } = useWasmThreadsOptions.check(options);
  requireWasmPackage(wasm);
  if (await isRunningWith(asked)) return useRunning();

  const threads = asked ?? availableThreads();
  const start = async () => {
    try {
      return await startThreaded(wasm, threads);
    } catch (cause) {
      throw unavailable(`${reasonOf(cause)}.`, cause);
    }
  };
  const backend = await start();
  try {
    // The host or another call may have started one meanwhile.
    if (!(await isRunningWith(threads))) return await register(backend, start);
  } catch (cause) {
    backend.dispose();
    throw cause;
  }
  backend.dispose();
  return useRunning();
}

/** Makes `backend` the one of the name wasm. A later start, after `tf.engine().reset()` say, makes another. */
async function register(backend: tf.KernelBackend, start: () => Promise<tf.KernelBackend>): Promise<number> {
  const earlier = tf.engine().registryFactory['wasm'];
  const active = tf.getBackend() as string | null;
  let next: tf.KernelBackend | undefined = backend;
  const factory = () => {
    const started = next;
    next = undefined;
    return started ?? start();
  };
  // tfjs keeps the first of two factories of one name.
  if (earlier !== undefined) tf.removeBackend('wasm');
  tf.registerBackend('wasm', factory, earlier?.priority ?? packagePriority);
  try {
    return await useRunning();
  } catch (cause) {
    delete tf.engine().registry['wasm'];
    tf.removeBackend('wasm');
    if (earlier !== undefined) tf.registerBackend('wasm', earlier.factory, earlier.priority);
    if (active !== null && active !== 'wasm') await tf.setBackend(active);
    throw unavailable(`${reasonOf(cause)}.`, cause);
  }
}

async function startThreaded(wasm: WasmBackendPackage, threads: number): Promise<tf.KernelBackend> {
  if (!tf.env().getBool('IS_NODE'))
    throw new Error(
      'this is not Node; in a browser the package has threads of its own where the page is cross-origin isolated',
    );
  return startThreadedModule(readThreadedBinary(wasm), threads, (module) => {
    const backend = new wasm.BackendWasm(module as never);
    const had = threadsOf(backend);
    if (had !== threads) throw new Error(`the binary gives ${had} of ${threads} threads`);
    return backend;
  });
}

async function useRunning(): Promise<number> {
  await useBackend('wasm');
  return threadsOf(tf.engine().registry['wasm']!);
}

/** Whether the backend has started, with `threads` threads if that is given; another count is an error. */
async function isRunningWith(threads: number | undefined): Promise<boolean> {
  // A start under way would put its backend in the place of ours when it ends.
  await (tf.engine() as unknown as { readonly pendingBackendInit?: Promise<boolean> | null }).pendingBackendInit;
  const backend = tf.engine().registry['wasm'];
  if (backend === undefined) return false;
  const running = threadsOf(backend);
  if (threads === undefined ? running > 1 : running === threads) return true;
  throw unavailable(
    `it has started already, on ${running === 1 ? 'one thread' : `${running} threads`}. Call useWasmThreads before the backend is first used, or call tf.removeBackend('wasm') before it: the tensors on it are then lost.`,
  );
}

function threadsOf(backend: tf.KernelBackend): number {
  const { wasm } = backend as tf.KernelBackend & { readonly wasm?: Pick<ThreadedModule, 'tfjs'> };
  return wasm?.tfjs?.['getThreadsCount']?.() ?? 1;
}

function availableThreads(): number {
  const threads = Math.min(availableParallelism(), maxWasmThreads);
  if (threads < 2)
    throw unavailable('this process has one processor. Ask for a number of threads to have them all the same.');
  return threads;
}

function unavailable(reason: string, cause?: unknown): SpineError {
  return new SpineError(
    'threads-unavailable',
    `The wasm backend cannot have threads: ${reason}`,
    cause === undefined ? {} : { cause },
  );
}
