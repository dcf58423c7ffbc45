export type { NamedArrays } from './namedArrays.js';
export { readSafetensors } from './safetensors.js';
export { writeSafetensors, type WriteSafetensorsOptions } from './writeSafetensors.js';
export { loadWeights, type WeightReport } from './loadWeights.js';
export { modelWeights, type ModelWeight } from './modelWeights.js';
export { readTorchCheckpoint } from './torch/readTorchCheckpoint.js';
export { torchWeights } from './torch/torchWeights.js';
export { exportWeights } from './exportWeights.js';
