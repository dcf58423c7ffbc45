export { builtInConstants } from './inputConstants.js';
export { matchNames } from './matchNames.js';
export { modelWeights, type ModelWeight } from './modelWeights.js';
export { renameForModel } from './renameForModel.js';
export { torchWeights } from './torchWeights.js';
