export type { WeightChecksum } from './checksum.js';
export type { DownloadFailure } from './failures.js';
export { fetchWeightFile, fetchWeightFileWith } from './fetchWeightFile.js';
export { fetchWeights, fetchWeightsWith } from './fetchWeights.js';
export { officialWeights, type OfficialWeights } from './officialWeights.js';
export { fetchWeightsDefaults, type FetchWeightsOptions } from './options.js';
export type { OfficialSource, WeightFile, WeightLocation } from './weightFile.js';
