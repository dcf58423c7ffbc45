import { either, optionsOf, text, type Rules } from '../../options.js';
import * as core from '../../weights/index.js';
import { folderCache } from './folderCache.js';

/** How `fetchWeights` and `fetchWeightFile` fetch in Node. */
export interface FetchWeightsOptions extends Omit<core.FetchWeightsOptions, 'cache'> {
  /** Where files are kept: a folder (default: that of `folderCache`) or another cache. False keeps none. */
  readonly cache?: string | core.WeightCache | false;
}

const rules: Rules<FetchWeightsOptions> = {
  ...core.fetchRules,
  cache: { ...either(text, core.cacheRule), expects: 'false or a folder, or an object with read, write, remove' },
};

const tableNamed = (name: string) => optionsOf<FetchWeightsOptions>()(name, rules, core.fetchWeightsDefaults);
export const fetchWeightsOptions = tableNamed('fetchWeights');
export const fetchWeightFileOptions = tableNamed('fetchWeightFile');

/** `fetchWeights` of `spine-xray-ml` that keeps files in a folder, by default the user's cache folder. */
export async function fetchWeights(
  source: core.WeightLocation,
  options: FetchWeightsOptions = {},
): Promise<core.NamedArrays> {
  return core.fetchWeights(source, withFolder(fetchWeightsOptions.check(options)));
}

/** `fetchWeightFile` of `spine-xray-ml` that keeps files in a folder, by default the user's cache folder. */
export async function fetchWeightFile(
  source: core.WeightLocation,
  options: FetchWeightsOptions = {},
): Promise<Uint8Array> {
  return core.fetchWeightFile(source, withFolder(fetchWeightFileOptions.check(options)));
}

function withFolder({ cache, ...options }: FetchWeightsOptions): core.FetchWeightsOptions {
  return { ...options, cache: cache === undefined || typeof cache === 'string' ? folderCache(cache) : cache };
}
