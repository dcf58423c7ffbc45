export { batchNormalizationGradients, normalize, normalizeByBatch, type BatchStatistics } from './batchNormalization.js';
export { rectifierGradient, type Rectifier } from './rectifierGradient.js';
export { channelSums } from './channels.js';
export { currentBackend, useBackend } from './currentBackend.js';
export { ensureTrainingKernels, removeTrainingKernels } from './trainingKernels.js';
