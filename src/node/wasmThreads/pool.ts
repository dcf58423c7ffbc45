import { Worker } from 'node:worker_threads';

/** The workers of a threaded binary, which makes them itself through the global `Worker`. */
export interface Pool {
  /** Runs what makes workers; meanwhile the global `Worker` makes those of this pool. */
  making<T>(work: () => T): T;
  /** Rejects when a worker fails or ends before {@link Pool.begun}; never resolves. */
  readonly failed: Promise<never>;
  /** From now on the workers never keep the process alive, and the failure of one is the process's. */
  begun(): void;
  end(): Promise<unknown>;
}

/** @param source what each worker runs. */
export function createPool(source: string): Pool {
  const workers: PoolWorker[] = [];
  let hasBegun = false;
  let fail!: (cause: unknown) => void;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  // Code that waits for it gets the error; none waits once the binary has started.
  failed.catch(() => undefined);

  class PoolWorker extends Worker {
    constructor() {
      // Neither the host's preloaded modules nor its environment: the source needs none of them.
      super(source, { eval: true, execArgv: [], env: {}, name: 'tfjs wasm' });
      workers.push(this);
      this.on('error', this.onerror);
      this.on('exit', (code) => fail(new Error(`a thread ended with code ${code} before it had begun`)));
    }

    /** Emscripten sets this to a function that throws, which would end the process while the binary starts. */
    get onerror(): (cause: unknown) => void {
      return (cause) => {
        if (hasBegun) throw cause;
        fail(cause);
      };
    }

    set onerror(_) {}
  }

  return {
    making: (work) => withGlobalWorker(PoolWorker, work),
    failed,
    begun() {
      hasBegun = true;
      // Emscripten has called ref() on each thread that computes, and the process would never end by itself.
      for (const worker of workers) worker.unref();
    },
    end: () => Promise.all(workers.map((worker) => worker.terminate())),
  };
}

/** Emscripten assigns to the global before it uses it: that changes nothing while `work` runs. */
function withGlobalWorker<T>(PoolWorker: new () => Worker, work: () => T): T {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'Worker');
  Object.defineProperty(globalThis, 'Worker', { configurable: true, get: () => PoolWorker, set: () => undefined });
  try {
    return work();
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, 'Worker');
    else Object.defineProperty(globalThis, 'Worker', before);
  }
}
