export { officialWeights, type OfficialWeights } from './officialWeights.js';
export type { OfficialSource, WeightChecksum, WeightFile, WeightLocation } from './weightFile.js';
export type { CachedWeightFile, FileVersion, PartialDownload, WeightCache } from './weightCache.js';
export { cacheRule, fetchRules, fetchWeightsDefaults, type FetchWeightsOptions } from './options.js';
export type { DownloadFailure } from './failures.js';
export { browserCache } from './browserCache.js';
export { fetchWeightFile } from './fetchWeightFile.js';
export { fetchWeights } from './fetchWeights.js';
