export { missingKernels, type BackendWork } from './neededKernels.js';
export { channelSums } from './channels.js';
export { ensureTrainingKernels, removeTrainingKernels } from './trainingKernels.js';
export { freeingTape } from './tape.js';
export { tensorflowOperation } from './tensorflowOperations.js';
