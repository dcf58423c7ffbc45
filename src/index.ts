export { SpineError, isSpineError, type SpineErrorCode } from './errors.js';
export { createRandom, type Random, type RandomKey } from './random.js';
export type { OnProgress, Progress } from './progress.js';
export type { Image, PixelArray } from './image/index.js';
export type { Dataset, LoadOptions, Predictions, Sample } from './dataset/index.js';
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
