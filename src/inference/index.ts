export { predictDataset, predictDatasetDefaults, type PredictDatasetOptions } from './predictDataset.js';
export type { TestTimeAugmentationOptions } from './testTimeAugmentation.js';
export { extractFeatures, type ExtractFeaturesOptions, type ExtractedFeatures } from './extractFeatures.js';
