import * as tf from '@tensorflow/tfjs-core';

/**
 * Does work that takes gradients. tfjs frees what its tape saved for them only where all goes well; this, if it fails,
 * too.
 */
export function freeingTape<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    for (const { saved } of tf.engine().state.activeTape ?? []) tf.dispose(saved ?? []);
    throw error;
  }
}
