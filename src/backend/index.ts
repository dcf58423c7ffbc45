export { channelSums } from './kernels/index.js';
export {
  chooseBackend,
  chooseBackendDefaults,
  type BackendCandidate,
  type BackendReport,
  type ChooseBackendOptions,
} from './chooseBackend.js';
export { currentBackend, useBackend } from './currentBackend.js';
export { onLiveBackend, requireLiveBackend, requireLiveWeights } from './liveBackend.js';
export { moveToBackend, type MoveToBackendOptions } from './moveToBackend.js';
export type { BackendWork } from './kernels/index.js';
export { restartBackend } from './restartBackend.js';
export { freeingTape } from './kernels/index.js';
export { ensureTrainingKernels, removeTrainingKernels } from './kernels/index.js';
export { tensorflowOperation } from './kernels/index.js';
