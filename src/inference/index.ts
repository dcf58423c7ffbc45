export { predictDataset, predictDefaults, type PredictOptions } from './predictDataset.js';
export type { ViewOptions } from './testTimeAugmentation.js';
export { extractFeatures, type ExtractOptions, type Features } from './extractFeatures.js';
