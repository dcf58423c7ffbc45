import type { NamedArrays } from '../namedArrays.js';
import { readWeights, weightFormat } from '../formats/index.js';
import { fetchVerified } from './fetchWeightFile.js';
import { browserCache, fetchWeightsOptions, type DefaultCache, type FetchWeightsOptions } from './options.js';
import type { WeightLocation } from './weightFile.js';

/**
 * Weights by name, fetched as `fetchWeightFile` does and read as `readWeights` does.
 *
 * @throws SpineError as `fetchWeightFile`, and `weights-format` for a damaged file, or one of no known format, which is
 *   not kept either.
 */
export const fetchWeights = (source: WeightLocation, options: FetchWeightsOptions = {}): Promise<NamedArrays> =>
  fetchWeightsWith(browserCache, source, options);

/** The same for a place that keeps files elsewhere by default. */
export async function fetchWeightsWith(
  defaultCache: DefaultCache,
  source: WeightLocation,
  options: FetchWeightsOptions,
): Promise<NamedArrays> {
  return readWeights(
    await fetchVerified(defaultCache, source, options, fetchWeightsOptions, (bytes) => void weightFormat(bytes)),
  );
}
