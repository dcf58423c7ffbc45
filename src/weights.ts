// What `spine-xray-ml/weights` shows: weights read, matched, fetched and written.
export {
  exportWeights,
  fetchWeightFile,
  fetchWeights,
  fetchWeightsDefaults,
  loadWeights,
  loadWeightsDefaults,
  modelWeights,
  officialWeights,
  readKerasH5,
  readKerasV3,
  readSafetensors,
  readTfjsLayers,
  readTorchCheckpoint,
  readWeights,
  torchWeights,
  writeSafetensors,
  writeSafetensorsDefaults,
  type DownloadFailure,
  type FetchWeightsOptions,
  type LoadWeightsOptions,
  type ModelWeight,
  type NamedArrays,
  type OfficialSource,
  type OfficialWeights,
  type TfjsArtifacts,
  type WeightChecksum,
  type WeightFile,
  type WeightLocation,
  type WeightReport,
  type WriteSafetensorsOptions,
} from './weights/index.js';
// The types that these mention.
export { SpineError, isSpineError, type AnySpineError, type SpineErrorCode, type SpineErrorDetails } from './errors.js';
export type { BackboneName, BackboneVariant } from './models/index.js';
export type { OnProgress, Progress } from './progress.js';
export type { ByteStore, PartialEntry } from './store/index.js';
