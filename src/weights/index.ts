export { requireArrays, type NamedArrays } from './namedArrays.js';
export { readSafetensors } from './safetensors.js';
export { readKerasH5 } from './kerasH5.js';
export { readKerasV3 } from './kerasV3.js';
export { readTfjsLayers, type TfjsArtifacts } from './tfjsLayers.js';
export { layOutSafetensors, writeSafetensors, type WriteSafetensorsOptions } from './writeSafetensors.js';
export { loadWeights, type WeightReport } from './loadWeights.js';
export { modelWeights, type ModelWeight } from './modelWeights.js';
export { readTorchCheckpoint } from './torch/readTorchCheckpoint.js';
export { torchWeights } from './torch/torchWeights.js';
export { exportWeights } from './exportWeights.js';
export { readWeights } from './readWeights.js';
export {
  cacheStorage,
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
  type WeightSource,
} from './fetch/index.js';
