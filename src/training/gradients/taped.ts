import * as tf from '@tensorflow/tfjs-core';
import { freeingTape } from '../../backend/index.js';
import type { Operation } from './operation.js';

interface Taped {
  readonly inputs: readonly number[];
  readonly output: number;
  readonly isCostly: boolean;
  readonly variables: readonly tf.Variable[];
  /** Must go through tfjs's operations from `inputs` and the variables to its result. */
  readonly run: (inputs: readonly tf.Tensor[]) => tf.Tensor;
}

/** Anything that tfjs can differentiate: it is run again in the backward pass, on tfjs's tape. */
export function tapedOperation({ inputs, output, isCostly, variables, run }: Taped): Operation {
  const forward = (given: readonly tf.Tensor[]) => {
    const result = run(given);
    // A layer that does nothing hands its input through.
    return given.some(({ id }) => id === result.id) ? tf.clone(result) : result;
  };
  return {
    inputs,
    output,
    isCostly,
    reads: { inputs: true, output: false },
    variables,
    forward,
    backward({ dy, inputs: given, wanted }) {
      // An input that is read twice gets its whole gradient once.
      const asked = given.map((tensor, index) => wanted[index] === true && given.indexOf(tensor) === index);
      const moving = given.filter((_, index) => asked[index]);
      const { grads } = onTape(() => forward(given), [...moving, ...variables], dy);
      const ofVariables = variables.map((variable, index) => [variable, grads[moving.length + index]] as const);
      return {
        inputs: given.map((tensor, index) => (asked[index] ? grads[moving.indexOf(tensor)] : undefined)),
        variables: new Map(
          ofVariables.filter((entry): entry is readonly [tf.Variable, tf.Tensor] => entry[1] !== undefined),
        ),
      };
    },
  };
}

/** The value of `f` and its gradients, which may be missing where `f` does not depend on a tensor. */
export function onTape<T extends tf.Tensor>(
  f: () => T,
  by: readonly tf.Tensor[],
  dy?: tf.Tensor,
): { value: T; grads: (tf.Tensor | undefined)[] } {
  return freeingTape(
    () => tf.engine().gradients(f, [...by], dy as T) as { value: T; grads: (tf.Tensor | undefined)[] },
  );
}
