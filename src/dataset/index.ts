export type { Dataset, LoadOptions, Sample } from './sample.js';
export type { Predictions } from './predictions.js';
