import * as tf from '@tensorflow/tfjs-core';
import { useBackend } from './currentBackend.js';

/**
 * Ends a backend and starts it anew, as after its graphics context was lost, and makes it the current one. Whatever the
 * old one held is gone: move what is still to be had elsewhere first ({@link moveToBackend}), and load the weights
 * again afterwards.
 *
 * @throws SpineError `backend-not-registered` if no such backend is registered, or if it cannot start again.
 */
export async function restartBackend(name: string): Promise<void> {
  const registration = tf.engine().registryFactory[name];
  if (registration !== undefined) {
    tf.removeBackend(name);
    tf.registerBackend(name, registration.factory, registration.priority);
  }
  await useBackend(name);
}
