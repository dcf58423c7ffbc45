import type * as tfl from '@tensorflow/tfjs-layers';

/** Whether a layer is a whole model, nested in another. */
export function isModel(layer: tfl.layers.Layer): layer is tfl.LayersModel {
  return 'layers' in layer && 'outputs' in layer;
}
