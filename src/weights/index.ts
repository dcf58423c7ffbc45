export { exportWeights } from './exportWeights.js';
export {
  fetchWeightFile,
  fetchWeightFileWith,
  fetchWeights,
  fetchWeightsDefaults,
  fetchWeightsWith,
  officialWeights,
  type DownloadFailure,
  type FetchWeightsOptions,
  type OfficialSource,
  type OfficialWeights,
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
