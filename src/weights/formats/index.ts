export { requireFinite } from './finite.js';
export { classVariables, readKerasH5, readKerasV3 } from './keras/index.js';
export { readWeights, weightFormat } from './readWeights.js';
export {
  layOutSafetensors,
  readSafetensors,
  writeSafetensors,
  type WriteSafetensorsOptions,
} from './safetensors/index.js';
export { readTfjsLayers, type TfjsArtifacts } from './tfjs/index.js';
export { readTorchCheckpoint } from './torch/index.js';
