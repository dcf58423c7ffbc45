import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { isModel } from '../models/index.js';

/** One weight of a model, under the name that weight files give it. */
export interface ModelWeight {
  /** `layer/variable`, as Keras 3 names both. */
  readonly name: string;
  readonly shape: readonly number[];
  /** The current value: a view owned by the model, not to be disposed. */
  readonly read: () => tf.Tensor;
  /** Sets the value; the tensor given stays the caller's. */
  readonly write: (value: tf.Tensor) => void;
}

/** Every weight of the model, in the order of its layers; those of models nested in it, too. */
export function modelWeights(model: tfl.LayersModel): readonly ModelWeight[] {
  return model.layers.flatMap((layer) => {
    if (isModel(layer)) return modelWeights(layer);
    return layer.weights.map((variable) => ({
      name: `${layer.name}/${variableName(layer.getClassName(), variable.originalName)}`,
      shape: variable.shape as number[],
      read: () => variable.read(),
      write: (value: tf.Tensor) => void variable.write(value),
    }));
  });
}

function variableName(layerClass: string, originalName: string): string {
  const name = originalName.slice(originalName.lastIndexOf('/') + 1);
  // Keras 3 calls the kernel of a plain depthwise convolution just that.
  return layerClass === 'DepthwiseConv2D' && name === 'depthwise_kernel' ? 'kernel' : name;
}
