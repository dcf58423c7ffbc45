// What `spine-xray-ml/weights` shows: weights read, matched, fetched and written.
export {
  browserCache,
  exportWeights,
  fetchWeightFile,
  fetchWeights,
  fetchWeightsDefaults,
  loadWeights,
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
  type CachedWeightFile,
  type DownloadFailure,
  type FetchWeightsOptions,
  type FileVersion,
  type ModelWeight,
  type NamedArrays,
  type OfficialSource,
  type OfficialWeights,
  type PartialDownload,
  type TfjsArtifacts,
  type WeightCache,
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
