import type * as tfl from '@tensorflow/tfjs-layers';

/** Whether a layer is a whole model, nested in another. */
export function isModel(layer: tfl.layers.Layer): layer is tfl.LayersModel {
  return 'layers' in layer && 'outputs' in layer;
}

/** The layers of a model in its order, those of nested models in the place of these. */
export function flatLayers(model: tfl.LayersModel): tfl.layers.Layer[] {
  return model.layers.flatMap((layer) => (isModel(layer) ? flatLayers(layer) : [layer]));
}
