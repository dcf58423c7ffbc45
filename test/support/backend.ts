import * as tf from '@tensorflow/tfjs-core';
import { beforeAll } from 'vitest';

export type TestBackend = 'cpu' | 'wasm' | 'tensorflow';

/** The backend this run of the tests is for: set by the vitest project. */
export const backendName = (process.env['SPINE_BACKEND'] ?? 'cpu') as TestBackend;

/** Registers and selects the run's backend before the tests of the calling file. */
export function useTestBackend(): void {
  beforeAll(async () => {
    if (backendName === 'cpu') await import('@tensorflow/tfjs-backend-cpu');
    if (backendName === 'wasm') await import('@tensorflow/tfjs-backend-wasm');
    if (backendName === 'tensorflow') {
      // Not a dependency: the tensorflow suite builds it into node_modules first.
      const tfjsNode = '@tensorflow/tfjs-node';
      await import(tfjsNode);
    }
    await tf.setBackend(backendName);
    await tf.ready();
  });
}
