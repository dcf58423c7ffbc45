export type { NamedArrays } from './namedArrays.js';
export { readSafetensors } from './safetensors.js';
export { readKerasH5 } from './kerasH5.js';
export { readKerasV3 } from './kerasV3.js';
export { readTfjsLayers, type TfjsArtifacts } from './tfjsLayers.js';
export { writeSafetensors, type WriteSafetensorsOptions } from './writeSafetensors.js';
export { loadWeights, type WeightReport } from './loadWeights.js';
export { modelWeights, type ModelWeight } from './modelWeights.js';
