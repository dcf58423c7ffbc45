export { SpineError, isSpineError, type SpineErrorCode } from './errors.js';
export { createRandom, type Random, type RandomKey } from './random.js';
export type { OnProgress, Progress } from './progress.js';
export {
  array,
  imageFrom,
  imageFromPixels,
  imageFromTensor,
  imageToTensor,
  imagesToTensor,
  intensityRange,
  minMax,
  resize,
  resizeDefaults,
  toChannels,
  type BrowserImage,
  type Fit,
  type Image,
  type IntensityRange,
  type NumberArray,
  type PixelArray,
  type PixelLayout,
  type ResizeOptions,
  type Size,
} from './image/index.js';
export { preprocess, preprocessDefaults, type Normalize, type PreprocessOptions } from './preprocess/index.js';
export type { Dataset, LoadOptions, Predictions, Sample } from './dataset/index.js';
export { currentBackend, ensureTrainingKernels, removeTrainingKernels, useBackend } from './backend/index.js';
export { buildXception, headDefaults, modelClasses, modelMetadata, xceptionDefaults, type ClassList, type HeadOptions, type ModelMetadata, type XceptionOptions } from './models/index.js';
export { loadWeights, modelWeights, readSafetensors, writeSafetensors, type ModelWeight, type NamedArrays, type WeightReport, type WriteSafetensorsOptions } from './weights/index.js';
export { classNames, mapImages, cacheImages, cacheDefaults, type CacheOptions } from './dataset/index.js';
export { splitDataset, splitDefaults, type DatasetSplit, type SplitOptions } from './dataset/index.js';
export { kFold, foldDefaults, type Fold, type FoldOptions } from './dataset/index.js';
export { sampleGroup, type DivideOptions, type GroupBy } from './dataset/index.js';
export { selectClasses } from './dataset/index.js';
export { batches, batchesDefaults, type Batch, type BatchesOptions } from './dataset/index.js';
export * as metrics from './metrics/index.js';
export {
  applyAugmentation,
  augment,
  augmentDataset,
  augmentDatasetDefaults,
  augmentDefaults,
  brightnessContrast,
  drawAugmentation,
  horizontalFlip,
  shiftScaleRotate,
  transpose,
  verticalFlip,
  type Augmentation,
  type AugmentDatasetOptions,
  type AugmentOptions,
  type BrightnessContrastOptions,
  type BrightnessContrastParams,
  type Flip,
  type FlipOptions,
  type FlipParams,
  type ShiftScaleRotateOptions,
  type ShiftScaleRotateParams,
  type Transform,
} from './augment/index.js';
export {
  PartitionExplainer,
  blurMasker,
  constantMasker,
  explainDefaults,
  imageMasker,
  type Explanation,
  type ExplainOptions,
  type Masker,
  type OutputSelection,
  type PartitionExplainerOptions,
  type PredictFn,
} from './explain/index.js';
export {
  extractFeatures,
  fineTune,
  fineTuneDefaults,
  headLayerNames,
  predictDataset,
  predictDefaults,
  type BatchLog,
  type ClassWeight,
  type EpochLog,
  type ExtractOptions,
  type Features,
  type FineTuneOptions,
  type History,
  type PredictOptions,
  type Stage,
  type StageHistory,
} from './training/index.js';
