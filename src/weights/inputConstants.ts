import type * as tfl from '@tensorflow/tfjs-layers';
import { normalizationAgrees } from '../models/index.js';
import type { NamedArrays } from './namedArrays.js';

/**
 * The names among `unexpected` that hold what the model has built in: mean, variance and count of EfficientNet's
 * `normalization`, where the model's input convention maps images in the same way. They are neither missing nor
 * unexpected; where they disagree they stay unexpected.
 */
export function builtInConstants(model: tfl.LayersModel, weights: NamedArrays, unexpected: readonly string[]): ReadonlySet<string> {
  const names = unexpected.filter((name) => /^(?:.*\/)?normalization(?:_\d+)?\/(?:mean|variance|count)$/.test(name));
  const values = (variable: string) => weights.get(names.find((name) => name.endsWith(`/${variable}`)) ?? '')?.data ?? [];
  return new Set(normalizationAgrees(model, values('mean'), values('variance')) ? names : []);
}
