export { PartitionExplainer, type PartitionExplainerOptions } from './partitionExplainer.js';
export { explainDefaults, type Explanation, type ExplainOptions } from './explanation.js';
export { blurMasker, type BlurMaskerOptions, constantMasker, imageMasker, type Masker } from './masker.js';
export type { OutputSelection } from './outputs.js';
export type { PredictFn } from './predictor.js';
