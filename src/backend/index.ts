export { batchNormalizationGradients, normalize, normalizeByBatch, type BatchStatistics } from '../training/gradients/batchNormalization.js';
export { rectifierGradient, type Rectifier } from '../training/gradients/rectifierGradient.js';
export { channelSums } from './kernels/channels.js';
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
export type { BackendWork } from './kernels/neededKernels.js';
export { restartBackend } from './restartBackend.js';
export { freeingTape } from './kernels/tape.js';
export { ensureTrainingKernels, removeTrainingKernels } from './kernels/trainingKernels.js';
