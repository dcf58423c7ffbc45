export { nameArrays, type FileLayer } from './namedLayers.js';
export { classLayerName, numberedName, variableNames, type LayerPlace } from './layerNames.js';
export { modelWeights, type ModelWeight } from './modelWeights.js';
export { builtInConstants } from './inputConstants.js';
export { matchNames } from './matchNames.js';
export { torchWeights } from './torchWeights.js';
export { renameForModel } from './renameForModel.js';
