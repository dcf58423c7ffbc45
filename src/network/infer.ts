import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { SpineError } from '../errors.js';
import type { Step } from './graph.js';

/** Values by number, as steps name them. */
export type Values = ReadonlyMap<number, tf.Tensor>;

/**
 * Runs steps as in prediction, disposing each result after its last use. The given values stay the caller's; so
 * do the results asked for.
 */
export function infer(allSteps: readonly Step[], given: Values, wanted: readonly number[]): tf.Tensor[] {
  const steps = neededSteps(allSteps, wanted);
  const uses = new Map<number, number>();
  for (const value of [...steps.flatMap(({ inputs }) => inputs), ...wanted])
    uses.set(value, (uses.get(value) ?? 0) + 1);
  const values = new Map(given);

  return tf.tidy(() => {
    for (const { layer, inputs, output } of steps) {
      const result = tf.tidy(() =>
        layer.call(
          inputs.map((value) => at(values, value)),
          { training: false },
        ),
      );
      const tensor = single(layer, result);
      // A layer that does nothing may hand its input through.
      const isInput = inputs.some((value) => at(values, value).id === tensor.id);
      values.set(output, isInput ? tf.clone(tensor) : tensor);
      for (const value of inputs) {
        const left = (uses.get(value) ?? 0) - 1;
        uses.set(value, left);
        if (left === 0 && !given.has(value)) at(values, value).dispose();
      }
    }
    return wanted.map((value) => (given.has(value) ? tf.clone(at(values, value)) : at(values, value)));
  });
}

/** The steps on whose results the wanted values depend. */
function neededSteps(steps: readonly Step[], wanted: readonly number[]): readonly Step[] {
  const needed = new Set(wanted);
  const kept = steps.toReversed().filter(({ inputs, output }) => {
    if (!needed.has(output)) return false;
    for (const value of inputs) needed.add(value);
    return true;
  });
  return kept.reverse();
}

function single(layer: tfl.layers.Layer, result: tf.Tensor | tf.Tensor[]): tf.Tensor {
  const [tensor, ...others] = Array.isArray(result) ? result : [result];
  if (!tensor || others.length > 0)
    throw new SpineError('model-invalid', `The layer "${layer.name}" has several outputs, which is not supported.`);
  return tensor;
}

function at(values: Values, value: number): tf.Tensor {
  const tensor = values.get(value);
  if (!tensor) throw new Error(`Value ${value} was read before it was computed.`);
  return tensor;
}
