import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { SpineError } from '../errors.js';
import { currentBackend } from './currentBackend.js';

/** What is read of tfjs's backends for graphics cards. They declare it private; other backends have none of it. */
interface GraphicsBackend {
  readonly gpgpu?: {
    readonly gl?: Pick<WebGLRenderingContext, 'isContextLost'> & {
      readonly canvas?: Pick<EventTarget, 'addEventListener'>;
    };
    readonly itemsToPoll?: { readonly resolveFn: () => void }[];
  };
  readonly device?: { readonly lost?: Promise<{ readonly message?: string }> };
}

/** What is known of a backend's device. */
interface Watch {
  /** How it was lost, as the end of a sentence. */
  lost: string | undefined;
  readonly listeners: Set<() => void>;
}

const watches = new WeakMap<tf.KernelBackend, Watch>();

/** How the backend lost its device, as the end of a sentence; undefined while it lives. */
export function whyLost(backend: tf.KernelBackend): string | undefined {
  const watch = watchOf(backend);
  if (watch.lost === undefined && (backend as GraphicsBackend).gpgpu?.gl?.isContextLost())
    lose(backend, watch, 'its WebGL context was lost');
  return watch.lost;
}

function watchOf(backend: tf.KernelBackend): Watch {
  const known = watches.get(backend);
  if (known) return known;
  const watch: Watch = { lost: undefined, listeners: new Set() };
  watches.set(backend, watch);
  const { gpgpu, device } = backend as GraphicsBackend;
  gpgpu?.gl?.canvas?.addEventListener('webglcontextlost', () => lose(backend, watch, 'its WebGL context was lost'));
  void device?.lost?.then(({ message }) =>
    lose(backend, watch, `its WebGPU device was lost${message ? ` (${message})` : ''}`),
  );
  return watch;
}

function lose(backend: tf.KernelBackend, watch: Watch, how: string): void {
  if (watch.lost !== undefined) return;
  watch.lost = how;
  for (const listener of watch.listeners) listener();
  watch.listeners.clear();
  // tfjs would ask a lost context for ever whether it has finished. Told that it has, it reads zeros, and code that
  // waits for them goes on and disposes what it holds.
  for (const { resolveFn } of (backend as GraphicsBackend).gpgpu?.itemsToPoll?.splice(0) ?? []) resolveFn();
}

function backendLost(name: string, how: string, cause?: unknown): SpineError {
  return new SpineError(
    'backend-lost',
    `The backend "${name}" is gone: ${how}, and with it every number that it held, weights included. Choose another backend (chooseBackend), or start this one anew (restartBackend); then load the weights again, or resume from a checkpoint.`,
    { cause, details: { backend: name } },
  );
}

/**
 * Makes sure that the device of the current backend is still there. A lost one does not always fail: tfjs may go on and
 * read zeros. Costs no more than a look at a flag.
 *
 * @throws SpineError `backend-lost` if the graphics context or device of the backend was lost; `backend-not-registered`
 *   if tfjs has no backend.
 */
export function requireLiveBackend(): void {
  const name = currentBackend();
  const how = whyLost(tf.backend());
  if (how !== undefined) throw backendLost(name, how);
}

/**
 * Does work on the current backend. If its device is lost meanwhile, that is the error, whatever else comes of it: an
 * error of tfjs, results that are zeros, or a read that never ends. Use it around each step of a loop that reads its
 * result.
 *
 * @param work gives the result; it may be asynchronous. If it is cut off it still runs to its own end, so that its
 *   `finally` blocks free what it holds.
 * @throws SpineError `backend-lost`; otherwise what `work` throws.
 */
export async function onLiveBackend<T>(work: () => T | Promise<T>): Promise<T> {
  requireLiveBackend();
  const name = currentBackend();
  const backend = tf.backend();
  const { listeners } = watchOf(backend);
  let listener = (): void => undefined;
  const loss = new Promise<never>((_, reject) => {
    listener = () => reject(backendLost(name, whyLost(backend)!));
    listeners.add(listener);
  });
  const throwIfLost = (cause?: unknown): void => {
    const how = whyLost(backend);
    if (how !== undefined) throw backendLost(name, how, cause);
  };
  try {
    const result = await Promise.race([loss, (async () => work())()]);
    throwIfLost();
    return result;
  } catch (error) {
    throwIfLost(error);
    // A WebGPU device tells of its loss a little after what was asked of it has failed.
    if ((backend as GraphicsBackend).device !== undefined) await new Promise((resolve) => setTimeout(resolve, 50));
    throwIfLost(error);
    throw error;
  } finally {
    listeners.delete(listener);
  }
}

/**
 * Makes sure that the weights of a model are still to be had: that the backend which holds them was neither lost nor
 * removed. On another backend they would silently be read as zeros.
 *
 * @throws SpineError `backend-lost` naming the first weight that is gone.
 */
export function requireLiveWeights(model: tfl.LayersModel): void {
  for (const weight of model.weights) {
    const how = whyGone(weight.read());
    if (how === undefined) continue;
    throw new SpineError(
      'backend-lost',
      `The weights of "${model.name}" are gone ("${weight.name}" first): ${how}. Load them again, or resume from a checkpoint.`,
      {
        details: { weight: weight.name },
      },
    );
  }
}

/** Why the numbers of a tensor are lost; undefined if they are to be had. */
export function whyGone(tensor: tf.Tensor): string | undefined {
  const backend = tf.engine().state.tensorInfo.get(tensor.dataId)?.backend;
  if (backend === undefined) return 'they were disposed';
  const how = whyLost(backend);
  if (how !== undefined) return `the backend that held them is gone: ${how}`;
  const isKept = Object.values(tf.engine().registry).includes(backend);
  return isKept ? undefined : 'the backend that held them was removed';
}
