import type * as tfl from '@tensorflow/tfjs-layers';
import { SpineError } from '../../errors.js';
import { modelMetadata } from '../../models/index.js';
import { normalizationAgrees } from './normalization.js';
import type { NamedArrays } from '../namedArrays.js';

/**
 * The names among `unexpected` that hold what the model has built in: mean, variance and count of EfficientNet's
 * `normalization`, where the model's input convention maps images in the same way. They are neither missing nor
 * unexpected. Where they disagree they stay unexpected, in a model that was not built here.
 *
 * @throws SpineError `weights-mismatch` if they disagree with a backbone of this library: its weights would see other
 * images than they were trained on.
 */
export function builtInConstants(
  model: tfl.LayersModel,
  weights: NamedArrays,
  unexpected: readonly string[],
): ReadonlySet<string> {
  const names = unexpected.filter((name) => /^(?:.*\/)?normalization(?:_\d+)?\/(?:mean|variance|count)$/.test(name));
  if (names.length === 0) return new Set();
  const values = (variable: string) =>
    Array.from(weights.get(names.find((name) => name.endsWith(`/${variable}`)) ?? '')?.data ?? []);
  const [mean, variance] = [values('mean'), values('variance')];
  if (normalizationAgrees(model, mean, variance)) return new Set(names);
  const backbone = modelMetadata(model)?.backbone;
  if (backbone === undefined) return new Set();
  const isUnit = mean.every((value) => value === 0) && variance.every((value) => value === 1);
  throw new SpineError(
    'weights-mismatch',
    `These weights were trained on images normalized by mean [${mean.join(', ')}] and variance [${variance.join(', ')}], which is not what this ${backbone} does to its images. ${isUnit ? 'Build it with inputRange: [0, 1].' : 'Build it with the inputRange that they want.'}`,
    { details: { mean, variance } },
  );
}
