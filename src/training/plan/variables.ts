import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { SpineError } from '../../errors.js';

/** Tensors by name, as they are saved and given back. */
export type NamedTensors = ReadonlyMap<string, tf.Tensor>;

/** What variables hold now. A copy shares its data with the variable until the variable is assigned to. */
export function copyVariables(variables: readonly tfl.LayerVariable[]): tf.Tensor[] {
  return variables.map((variable) => tf.keep(tf.clone(variable.read())));
}

/** As they are: tfjs's own way to write applies a weight's constraint, which may change what had satisfied it. */
export function writeVariables(variables: readonly tfl.LayerVariable[], values: readonly tf.Tensor[]): void {
  variables.forEach((variable, index) => (variable.read() as tf.Variable).assign(values[index]!));
}

/**
 * A copy of a saved tensor, kept until it is disposed.
 *
 * @throws SpineError `weights-mismatch` if it is missing or has another shape.
 */
export function takeTensor(saved: NamedTensors, name: string, shape: readonly number[]): tf.Tensor {
  const tensor = saved.get(name);
  if (!tensor || !tf.util.arraysEqual(tensor.shape, [...shape])) {
    const given = tensor ? `has the shape [${tensor.shape.join(', ')}] instead of [${shape.join(', ')}]` : 'is missing';
    throw new SpineError(
      'weights-mismatch',
      `The saved state of a stage does not belong to this model and stage: "${name}" ${given}. Go on with the model and the options that it was saved with.`,
    );
  }
  return tf.keep(tf.clone(tensor));
}

/** Tensors under numbered names. */
export function numbered(prefix: string, tensors: readonly tf.Tensor[]): [string, tf.Tensor][] {
  return tensors.map((tensor, index) => [`${prefix}/${index}`, tensor]);
}

/** Named tensors under a prefix. */
export function prefixed(prefix: string, tensors: readonly (readonly [string, tf.Tensor])[]): [string, tf.Tensor][] {
  return tensors.map(([name, tensor]) => [`${prefix}/${name}`, tensor]);
}
