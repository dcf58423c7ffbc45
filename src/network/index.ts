export { isDropout, dropoutConfig } from './dropout.js';
export { runFrozen, frozenLogits, type Values } from './infer.js';
export { readGraph, type Step, type Graph } from './graph.js';
export { inputShape } from './inputShape.js';
export { layerWeight } from './layerWeight.js';
export { checkTrainable, isSoftmax } from './trainableLayers.js';
