export { SpineError, isSpineError, type SpineErrorCode } from './errors.js';
export { createRandom, type Random, type RandomKey } from './random.js';
export type { OnProgress, Progress } from './progress.js';
export type { Image, PixelArray } from './image/index.js';
export type { Dataset, LoadOptions, Predictions, Sample } from './dataset/index.js';
export { currentBackend, ensureTrainingKernels, removeTrainingKernels, useBackend } from './backend/index.js';
export { buildXception, headDefaults, modelClasses, modelMetadata, xceptionDefaults, type ClassList, type HeadOptions, type ModelMetadata, type XceptionOptions } from './models/index.js';
export { loadWeights, modelWeights, readSafetensors, type ModelWeight, type NamedArrays, type WeightReport } from './weights/index.js';
