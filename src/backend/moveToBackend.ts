import * as tf from '@tensorflow/tfjs-core';
import { SpineError } from '../errors.js';
import { abortSignal, listOf, optionsOf, type Rule } from '../options.js';
import { useBackend } from './currentBackend.js';
import { whyGone } from './liveBackend.js';

/** Options of {@link moveToBackend}. */
export interface MoveToBackendOptions {
  /** Tensors to move as well. Default: none but tfjs's variables. */
  readonly tensors?: readonly tf.Tensor[];
  /** Ends the move between two tensors; the promise rejects with `signal.reason`. Nothing is lost by that. */
  readonly signal?: AbortSignal;
}

const tensor: Rule<tf.Tensor> = { expects: 'a tensor of tfjs', accepts: (given) => given instanceof tf.Tensor };

export const moveToBackendOptions = optionsOf<MoveToBackendOptions>('moveToBackend', {
  tensors: listOf(tensor),
  signal: abortSignal,
});

/**
 * Makes `name` the current backend and moves to it, now, all of tfjs's variables: the weights of every model and the
 * state of every optimizer. {@link useBackend} alone is enough to go on elsewhere, for tfjs moves a tensor when it is
 * next read; but what was not read by then is gone when the old backend is removed or its device is lost. The tensors
 * stay the same objects; clones that share their numbers move along.
 *
 * @throws SpineError `backend-not-registered` as {@link useBackend}; `backend-lost` if numbers are gone already, before
 *   anything is moved.
 */
export async function moveToBackend(name: string, options: MoveToBackendOptions = {}): Promise<void> {
  const { tensors = [], signal } = moveToBackendOptions.check(options);
  signal?.throwIfAborted();
  const wanted = [...Object.values(tf.engine().state.registeredVariables), ...tensors];
  for (const tensor of wanted) {
    const how = whyGone(tensor);
    if (how === undefined) continue;
    const which =
      tensor instanceof tf.Variable
        ? `the variable "${tensor.name}"`
        : `a tensor of shape [${tensor.shape.join(', ')}]`;
    throw new SpineError(
      'backend-lost',
      `The numbers of ${which} cannot be moved to "${name}": ${how}. Load them again, or resume from a checkpoint.`,
    );
  }
  await useBackend(name);
  const target = tf.backend();
  for (const tensor of wanted) {
    if (holderOf(tensor) === target) continue;
    signal?.throwIfAborted();
    // Read without blocking; tfjs then keeps the numbers at hand, so that moving them reads nothing from the device.
    await tensor.data();
    if (!tensor.isDisposed && holderOf(tensor) !== target) tf.engine().moveData(target, tensor.dataId);
  }
}

function holderOf(tensor: tf.Tensor): tf.KernelBackend | undefined {
  return tf.engine().state.tensorInfo.get(tensor.dataId)?.backend;
}
