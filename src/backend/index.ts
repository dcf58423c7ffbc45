export {
  chooseBackend,
  chooseBackendDefaults,
  type BackendCandidate,
  type BackendReport,
  type ChooseBackendOptions,
} from './chooseBackend.js';
export { currentBackend, useBackend } from './currentBackend.js';
export {
  channelSums,
  ensureTrainingKernels,
  freeingTape,
  removeTrainingKernels,
  tensorflowOperation,
  type BackendWork,
} from './kernels/index.js';
export { onLiveBackend, requireLiveBackend, requireLiveWeights } from './liveBackend.js';
export { moveToBackend, type MoveToBackendOptions } from './moveToBackend.js';
export { restartBackend } from './restartBackend.js';
