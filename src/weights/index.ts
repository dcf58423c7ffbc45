export { requireArrays, type NamedArrays } from './namedArrays.js';
export { readSafetensors } from './formats/safetensors/safetensors.js';
export { readKerasH5 } from './formats/keras/kerasH5.js';
export { readKerasV3 } from './formats/keras/kerasV3.js';
export { readTfjsLayers, type TfjsArtifacts } from './formats/tfjs/tfjsLayers.js';
export { layOutSafetensors, writeSafetensors, type WriteSafetensorsOptions } from './formats/safetensors/writeSafetensors.js';
export { loadWeights, type WeightReport } from './loadWeights.js';
export { modelWeights, type ModelWeight } from './matching/modelWeights.js';
export { readTorchCheckpoint } from './formats/torch/readTorchCheckpoint.js';
export { torchWeights } from './matching/torchWeights.js';
export { exportWeights } from './exportWeights.js';
export { readWeights } from './formats/readWeights.js';
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
