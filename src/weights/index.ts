export { exportWeights } from './exportWeights.js';
export {
  browserCache,
  cacheRule,
  fetchRules,
  fetchWeightFile,
  fetchWeights,
  fetchWeightsDefaults,
  officialWeights,
  type CachedWeightFile,
  type DownloadFailure,
  type FetchWeightsOptions,
  type FileVersion,
  type OfficialSource,
  type OfficialWeights,
  type PartialDownload,
  type WeightCache,
  type WeightChecksum,
  type WeightFile,
  type WeightLocation,
} from './fetch/index.js';
export {
  layOutSafetensors,
  readKerasH5,
  readKerasV3,
  readSafetensors,
  readTfjsLayers,
  readTorchCheckpoint,
  readWeights,
  writeSafetensors,
  writeSafetensorsDefaults,
  writeSafetensorsOptions,
  type TfjsArtifacts,
  type WriteSafetensorsOptions,
} from './formats/index.js';
export { loadWeights, loadWeightsDefaults, type LoadWeightsOptions, type WeightReport } from './loadWeights.js';
export { modelWeights, torchWeights, type ModelWeight } from './matching/index.js';
export { requireArrays, type NamedArrays } from './namedArrays.js';
