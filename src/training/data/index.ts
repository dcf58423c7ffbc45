export {
  frozenCacheDefaults,
  resolveFrozenCache,
  type FrozenCacheOptions,
  type ResolvedFrozenCache,
} from './frozenCache.js';
export { disposing, type ValueBatch, type ValueSource } from './source.js';
export { stageSources, type SourcesOfStages } from './stageSources.js';
