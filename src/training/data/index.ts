export { frozenCacheDefaults, resolveFrozenCache, type FrozenCacheOptions, type ResolvedFrozenCache } from './frozenCache.js';
export { mixedSource } from '../objective/mixedSource.js';
export type { Mixture } from '../objective/mixture.js';
export { disposing, type ValueBatch, type ValueSource } from './source.js';
export { stageSources, type SourcesOfStages } from './stageSources.js';
