export { explainDefaults, type ExplainOptions, type Explanation } from './explanation.js';
export { blurMasker, constantMasker, imageMasker, type Masker } from './masker.js';
export type { OutputSelection } from './outputs.js';
export { PartitionExplainer, type PartitionExplainerOptions } from './partitionExplainer.js';
export type { PredictFn } from './predictor.js';
