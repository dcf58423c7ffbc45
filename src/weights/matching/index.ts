export { modelWeights, type ModelWeight } from './modelWeights.js';
export { builtInConstants } from './inputConstants.js';
export { matchNames } from './matchNames.js';
export { torchWeights } from './torchWeights.js';
export { renameForModel } from './renameForModel.js';
