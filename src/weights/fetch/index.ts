export { browserCache } from './browserCache.js';
export type { WeightChecksum } from './checksum.js';
export type { DownloadFailure } from './failures.js';
export { fetchWeightFile } from './fetchWeightFile.js';
export { fetchWeights } from './fetchWeights.js';
export { officialWeights, type OfficialWeights } from './officialWeights.js';
export { cacheRule, fetchRules, fetchWeightsDefaults, type FetchWeightsOptions } from './options.js';
export type { CachedWeightFile, FileVersion, PartialDownload, WeightCache } from './weightCache.js';
export type { OfficialSource, WeightFile, WeightLocation } from './weightFile.js';
