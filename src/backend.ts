// What `spine-xray-ml/backend` shows: a backend chosen, watched, moved and supplied with kernels.
export {
  chooseBackend,
  chooseBackendDefaults,
  currentBackend,
  ensureTrainingKernels,
  moveToBackend,
  onLiveBackend,
  removeTrainingKernels,
  requireLiveBackend,
  requireLiveWeights,
  restartBackend,
  useBackend,
  type BackendCandidate,
  type BackendReport,
  type BackendWork,
  type ChooseBackendOptions,
  type MoveToBackendOptions,
} from './backend/index.js';
export { SpineError, isSpineError, type AnySpineError, type SpineErrorCode, type SpineErrorDetails } from './errors.js';
