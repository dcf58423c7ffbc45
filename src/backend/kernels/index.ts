export { channelSums } from './channelSums.js';
export { freeingTape } from './freeingTape.js';
export { missingKernels, type BackendWork } from './neededKernels.js';
export { tensorflowOperation } from './tensorflowOperations.js';
export { ensureTrainingKernels, removeTrainingKernels } from './trainingKernels.js';
