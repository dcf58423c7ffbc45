export { isDropout, dropoutConfig, noiseShapeProblem } from './dropout.js';
export { headLayers, isBatchNorm } from './head.js';
export { infer, type Values } from './infer.js';
export { readGraph, type Step, type Graph } from './graph.js';
export { inputShape } from './inputShape.js';
export { flatLayers, isModel, requireModel } from './isModel.js';
export { layerWeight } from './layerWeight.js';
