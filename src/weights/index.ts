export { requireArrays, type NamedArrays } from './namedArrays.js';
export { readSafetensors } from './formats/index.js';
export { readKerasH5 } from './formats/index.js';
export { readKerasV3 } from './formats/index.js';
export { readTfjsLayers, type TfjsArtifacts } from './formats/index.js';
export {
  layOutSafetensors,
  writeSafetensors,
  writeSafetensorsDefaults,
  writeSafetensorsOptions,
  type WriteSafetensorsOptions,
} from './formats/index.js';
export { loadWeights, loadWeightsDefaults, type LoadWeightsOptions, type WeightReport } from './loadWeights.js';
export { modelWeights, type ModelWeight } from './matching/index.js';
export { readTorchCheckpoint } from './formats/index.js';
export { torchWeights } from './matching/index.js';
export { exportWeights } from './exportWeights.js';
export { readWeights } from './formats/index.js';
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
