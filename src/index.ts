export { SpineError, isSpineError, type SpineErrorCode } from './errors.js';
export { createRandom, type Random, type RandomKey } from './random.js';
export type { OnProgress, Progress } from './progress.js';
export type { Image, PixelArray } from './image/index.js';
export type { Dataset, LoadOptions, Predictions, Sample } from './dataset/index.js';
export { classNames, mapImages, cacheImages, cacheDefaults, type CacheOptions } from './dataset/index.js';
export { splitDataset, splitDefaults, type DatasetSplit, type SplitOptions } from './dataset/index.js';
export { kFold, foldDefaults, type Fold, type FoldOptions } from './dataset/index.js';
export { sampleGroup, type DivideOptions, type GroupBy } from './dataset/index.js';
export { selectClasses } from './dataset/index.js';
export { batches, batchesDefaults, type Batch, type BatchesOptions } from './dataset/index.js';
export * as metrics from './metrics/index.js';
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
