import * as tf from '@tensorflow/tfjs-core';

/** What tfjs-node's backend shows of itself: any operation of TensorFlow can be run through it. */
interface TensorflowBackend {
  executeMultipleOutputs(
    name: string,
    attributes: readonly object[],
    inputs: readonly tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
  readonly binding: { readonly TF_ATTR_BOOL: number; readonly TF_ATTR_FLOAT: number };
}

function tensorflow(): TensorflowBackend | undefined {
  if (tf.getBackend() !== 'tensorflow') return undefined;
  const backend = tf.backend() as unknown as Partial<TensorflowBackend>;
  return typeof backend.executeMultipleOutputs === 'function' && backend.binding
    ? (backend as TensorflowBackend)
    : undefined;
}

/** The results of one of TensorFlow's own operations; undefined on other backends. */
export function tensorflowOperation(
  name: string,
  inputs: readonly tf.Tensor[],
  outputs = 1,
  attributes: Readonly<Record<string, boolean | number>> = {},
): tf.Tensor[] | undefined {
  const backend = tensorflow();
  if (!backend) return undefined;
  const { TF_ATTR_BOOL, TF_ATTR_FLOAT } = backend.binding;
  const described = Object.entries(attributes).map(([key, value]) => ({
    name: key,
    type: typeof value === 'boolean' ? TF_ATTR_BOOL : TF_ATTR_FLOAT,
    value,
  }));
  return backend.executeMultipleOutputs(name, described, inputs, outputs);
}
