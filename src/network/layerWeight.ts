import type * as tfl from '@tensorflow/tfjs-layers';

/** The weight of a layer that it calls `name`, such as 'kernel' or 'moving_mean'. */
export function layerWeight(layer: tfl.layers.Layer, name: string): tfl.LayerVariable | undefined {
  return layer.weights.find(({ originalName }) => originalName.slice(originalName.lastIndexOf('/') + 1) === name);
}
