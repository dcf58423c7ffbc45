export { officialWeights, type OfficialWeights } from './officialWeights.js';
export type { OfficialSource, WeightChecksum, WeightFile, WeightLocation } from './weightFile.js';
export { fetchWeightsDefaults, type FetchWeightsOptions } from './options.js';
export type { DownloadFailure } from './failures.js';
export { fetchWeightFile, fetchWeightFileWith } from './fetchWeightFile.js';
export { fetchWeights, fetchWeightsWith } from './fetchWeights.js';
