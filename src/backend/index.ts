export { channelSums } from './channels.js';
export { currentBackend, useBackend } from './currentBackend.js';
export { ensureTrainingKernels, removeTrainingKernels } from './trainingKernels.js';
