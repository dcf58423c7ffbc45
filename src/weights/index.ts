export { requireArrays, type NamedArrays } from './namedArrays.js';
export { readSafetensors } from './formats/index.js';
export { readKerasH5 } from './formats/index.js';
export { readKerasV3 } from './formats/index.js';
export { readTfjsLayers, type TfjsArtifacts } from './formats/index.js';
export { layOutSafetensors, writeSafetensors, type WriteSafetensorsOptions } from './formats/index.js';
export { loadWeights, type WeightReport } from './loadWeights.js';
export { modelWeights, type ModelWeight } from './matching/index.js';
export { readTorchCheckpoint } from './formats/index.js';
export { torchWeights } from './matching/index.js';
export { exportWeights } from './exportWeights.js';
export { readWeights } from './formats/index.js';
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
