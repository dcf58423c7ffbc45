export { currentBackend, useBackend } from './currentBackend.js';
export { ensureTrainingKernels, removeTrainingKernels } from './trainingKernels.js';
