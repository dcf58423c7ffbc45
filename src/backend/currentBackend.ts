import * as tf from '@tensorflow/tfjs-core';
import { SpineError } from '../errors.js';

/**
 * The name of the backend that tfjs runs on.
 *
 * @throws SpineError `backend-not-registered` if the host app registered none.
 */
export function currentBackend(): string {
  const name = tf.getBackend();
  if (!name || tf.engine().registryFactory[name] === undefined) {
    throw new SpineError(
      'backend-not-registered',
      'tfjs has no backend to run on. Import one before using this library (for example "@tensorflow/tfjs-backend-wasm") and await tf.ready().',
    );
  }
  return name;
}

/** The package that registers a backend of tfjs's own. */
export function packageOf(name: string): string {
  return name === 'tensorflow' ? '@tensorflow/tfjs-node' : `@tensorflow/tfjs-backend-${name}`;
}

/**
 * Makes `name` the backend that tfjs runs on, and waits until it is ready. If it cannot start, the one before stays.
 * Models go along: tfjs moves a tensor when the new backend first reads it (see `moveToBackend`).
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
  const before = activeBackend();
  try {
    if (await tf.setBackend(name)) return await tf.ready();
  } catch (cause) {
    await restoreBackend(before);
    throw new SpineError('backend-not-registered', `The backend "${name}" is registered but could not start.`, {
      cause,
    });
  }
  await restoreBackend(before);
  throw new SpineError(
    'backend-not-registered',
    `The backend "${name}" is registered but could not start: tfjs has written why to the console.`,
  );
}

/** The backend that tfjs runs on; undefined if none has been started yet, or the one asked for could not start. */
export function activeBackend(): string | undefined {
  const name = tf.getBackend();
  return name && tf.engine().registry[name] !== undefined ? name : undefined;
}

/** Puts back what {@link activeBackend} gave. */
export async function restoreBackend(name: string | undefined): Promise<void> {
  if (name !== undefined) await tf.setBackend(name);
  // As tfjs does when it removes the active backend: the next operation starts one.
  else Object.assign(tf.engine(), { backendName: null, backendInstance: null });
}
