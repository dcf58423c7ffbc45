import type { NamedArrays } from '../namedArrays.js';
import { readWeights, weightFormat } from '../formats/index.js';
import { fetchVerified } from './fetchWeightFile.js';
import { fetchWeightsOptions, type FetchWeightsOptions } from './options.js';
import type { WeightLocation } from './weightFile.js';

/**
 * Weights by name, fetched as `fetchWeightFile` does and read as `readWeights` does.
 *
 * In Node, `fetchWeights` of `spine-xray-ml/node` keeps files in a folder by default; this one keeps none there.
 *
 * @throws SpineError as `fetchWeightFile`, and `weights-format` for a damaged file, or one of no known format, which is
 *   not kept either.
 */
export async function fetchWeights(source: WeightLocation, options: FetchWeightsOptions = {}): Promise<NamedArrays> {
  return readWeights(await fetchVerified(source, options, fetchWeightsOptions, (bytes) => void weightFormat(bytes)));
}
