import { requireOptions } from '../../arguments.js';
import * as core from '../../weights/index.js';
import { directoryCache } from './folderCache.js';

/** How `fetchWeights` and `fetchWeightFile` fetch in Node. */
export interface FetchWeightsToFolderOptions extends Omit<core.FetchWeightsOptions, 'cache'> {
  /** Where files are kept: a folder (default: that of `directoryCache`) or another cache. False keeps none. */
  readonly cache?: string | core.WeightCache | false;
}

/** `fetchWeights` of `spine-xray-ml` that keeps files in a folder, by default the user's cache folder. */
export async function fetchWeights(source: core.WeightSource, options: FetchWeightsToFolderOptions = {}): Promise<core.NamedArrays> {
  return core.fetchWeights(source, withFolder(options));
}

/** `fetchWeightFile` of `spine-xray-ml` that keeps files in a folder, by default the user's cache folder. */
export async function fetchWeightFile(source: core.WeightSource, options: FetchWeightsToFolderOptions = {}): Promise<Uint8Array> {
  return core.fetchWeightFile(source, withFolder(options));
}

function withFolder(given: FetchWeightsToFolderOptions): core.FetchWeightsOptions {
  requireOptions('fetchWeights', given, '{} for its options');
  const { cache, ...options } = given;
  return { ...options, cache: cache === undefined || typeof cache === 'string' ? directoryCache(cache) : cache };
}
