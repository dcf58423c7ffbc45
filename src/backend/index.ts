export { batchNormalizationGradients, normalize, normalizeByBatch, type BatchStatistics } from './batchNormalization.js';
export { rectifierGradient, type Rectifier } from './rectifierGradient.js';
export { channelSums } from './channels.js';
export {
  chooseBackend,
  chooseBackendDefaults,
  type BackendCandidate,
  type BackendReport,
  type ChooseBackendOptions,
} from './chooseBackend.js';
export { currentBackend, useBackend } from './currentBackend.js';
export { onLiveBackend, requireLiveBackend, requireLiveWeights } from './liveBackend.js';
export { moveToBackend, type MoveOptions } from './moveToBackend.js';
export type { BackendWork } from './neededKernels.js';
export { restartBackend } from './restartBackend.js';
export { freeingTape } from './tape.js';
export { ensureTrainingKernels, removeTrainingKernels } from './trainingKernels.js';
