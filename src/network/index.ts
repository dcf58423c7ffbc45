export { isDropout, dropoutConfig } from './dropout.js';
export { headLayers, isBatchNorm } from './head.js';
export { infer, inferLogits, type Values } from './infer.js';
export { readGraph, type Step, type Graph } from './graph.js';
export { inputShape } from './inputShape.js';
export { flatLayers, isModel, requireModel } from './isModel.js';
export { layerWeight } from './layerWeight.js';
export { checkTrainable, isSoftmax, withoutSoftmax } from './trainableLayers.js';
