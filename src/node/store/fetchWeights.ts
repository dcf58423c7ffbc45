import {
  fetchWeightFileWith,
  fetchWeightsWith,
  type FetchWeightsOptions,
  type NamedArrays,
  type WeightLocation,
} from '../../weights/index.js';
import { folderCache } from './folderCache.js';

/** `fetchWeights` of `spine-xray-ml` with one difference: `cache` is {@link folderCache} unless it is given. */
export const fetchWeights = (source: WeightLocation, options: FetchWeightsOptions = {}): Promise<NamedArrays> =>
  fetchWeightsWith(folderCache, source, options);

/** `fetchWeightFile` of `spine-xray-ml` with one difference: `cache` is {@link folderCache} unless it is given. */
export const fetchWeightFile = (source: WeightLocation, options: FetchWeightsOptions = {}): Promise<Uint8Array> =>
  fetchWeightFileWith(folderCache, source, options);
