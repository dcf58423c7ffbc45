import type * as tfl from '@tensorflow/tfjs-layers';
import type { Graph } from './graph.js';

/** The head: whatever comes after the last feature maps, that is after the last output with height and width. */
export function headLayers(graph: Graph): tfl.layers.Layer[] {
  const lastMap = graph.steps.findLastIndex(({ outputShape }) => outputShape.length > 2);
  return graph.steps.slice(lastMap + 1).map(({ layer }) => layer);
}

export function isBatchNorm(layer: tfl.layers.Layer): boolean {
  return layer.getClassName() === 'BatchNormalization';
}
