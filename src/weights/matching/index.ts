export { builtInConstants } from './inputConstants.js';
export { classLayerName, numberedName, variableNames, type LayerPlace } from './layerNames.js';
export { matchNames } from './matchNames.js';
export { modelWeights, type ModelWeight } from './modelWeights.js';
export { nameArrays, type FileLayer } from './namedLayers.js';
export { renameForModel } from './renameForModel.js';
export { torchWeights } from './torchWeights.js';
