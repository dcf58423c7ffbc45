import * as tf from '@tensorflow/tfjs-core';
import { SpineError } from '../errors.js';

/**
 * The name of the backend that tfjs runs on.
 *
 * @throws SpineError `backend-not-registered` if the host app registered none.
 */
export function currentBackend(): string {
  const name = tf.getBackend();
  if (name === undefined || name === '' || tf.engine().registryFactory[name] === undefined) {
    throw new SpineError(
      'backend-not-registered',
      'tfjs has no backend to run on. Import one before using this library (for example "@tensorflow/tfjs-backend-wasm") and await tf.ready().',
    );
  }
  return name;
}

/** The package that registers a backend of tfjs's own. */
function packageOf(name: string): string {
  return name === 'tensorflow' ? '@tensorflow/tfjs-node' : `@tensorflow/tfjs-backend-${name}`;
}

/**
 * Makes `name` the backend that tfjs runs on, and waits until it is ready.
 *
 * @throws SpineError `backend-not-registered` if the host app did not register it, or if it cannot start.
 */
export async function useBackend(name: string): Promise<void> {
  const known = Object.keys(tf.engine().registryFactory);
  if (!known.includes(name)) {
    throw new SpineError(
      'backend-not-registered',
      `The backend "${name}" is not registered with tfjs. Registered: ${known.join(', ') || 'none'}. Import the package that registers it first: ${packageOf(name)}.`,
      { details: { backend: name, registered: known } },
    );
  }
  const started = await tf.setBackend(name).catch((cause: unknown) => {
    throw new SpineError('backend-not-registered', `The backend "${name}" is registered but could not start.`, { cause });
  });
  if (!started) throw new SpineError('backend-not-registered', `The backend "${name}" is registered but could not start.`);
  await tf.ready();
}
