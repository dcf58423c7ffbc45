import { requireOptions } from '../../arguments.js';
import * as core from '../../weights/index.js';
import { folderCache } from './folderCache.js';

/** How `fetchWeights` and `fetchWeightFile` fetch in Node. */
export interface FetchWeightsOptions extends Omit<core.FetchWeightsOptions, 'cache'> {
  /** Where files are kept: a folder (default: that of `folderCache`) or another cache. False keeps none. */
  readonly cache?: string | core.WeightCache | false;
}

/** `fetchWeights` of `spine-xray-ml` that keeps files in a folder, by default the user's cache folder. */
export async function fetchWeights(
  source: core.WeightLocation,
  options: FetchWeightsOptions = {},
): Promise<core.NamedArrays> {
  return core.fetchWeights(source, withFolder(options));
}

/** `fetchWeightFile` of `spine-xray-ml` that keeps files in a folder, by default the user's cache folder. */
export async function fetchWeightFile(
  source: core.WeightLocation,
  options: FetchWeightsOptions = {},
): Promise<Uint8Array> {
  return core.fetchWeightFile(source, withFolder(options));
}

function withFolder(given: FetchWeightsOptions): core.FetchWeightsOptions {
  requireOptions('fetchWeights', given, '{} for its options');
  const { cache, ...options } = given;
  return { ...options, cache: cache === undefined || typeof cache === 'string' ? folderCache(cache) : cache };
}
