export { frozenCacheDefaults, frozenCacheOptions, type FrozenCache, type FrozenCacheOptions } from './frozenCache.js';
export { disposeValues, disposing, type Mixture, type ValueBatch, type ValueSource } from './source.js';
export { stageSources, type Sources } from './stageSources.js';
