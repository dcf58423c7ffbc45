import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { SpineError } from '../errors.js';
import { listFirst } from '../listing.js';
import { requireFinite } from './formats/index.js';
import { builtInConstants, matchNames, modelWeights, renameForModel } from './matching/index.js';
import { isSameShape, requireArrays, type NamedArrays } from './namedArrays.js';
import { rowMajor } from '../ndarray.js';
import { optionsOf, yesOrNo } from '../options.js';
import { requireModel } from '../network/index.js';

/** Options of {@link loadWeights}. */
export interface LoadWeightsOptions {
  /**
   * Throw if a weight is missing or unexpected. Default true. With false, load what matches: a backbone's weights into
   * a model with a new head, for instance.
   */
  readonly strict?: boolean;
}

/** The defaults of {@link loadWeights}. */
export const loadWeightsDefaults = { strict: true } as const satisfies LoadWeightsOptions;

export const loadWeightsOptions = optionsOf<LoadWeightsOptions, typeof loadWeightsDefaults>(
  'loadWeights',
  { strict: yesOrNo },
  loadWeightsDefaults,
);

/** Which names of a weight file and of a model found each other. */
export interface WeightReport {
  /** In both; loaded. The model's names. */
  readonly matched: readonly string[];
  /** In the model alone; left as they were. */
  readonly missing: readonly string[];
  /** In the file alone; ignored. */
  readonly unexpected: readonly string[];
}

/**
 * Sets a model's weights by name; those of layers that were named automatically by order and shape.
 * Everything is checked before the first weight changes.
 *
 * Weights of a torch state dict, in the naming of torchvision or timm, get the model's names and axes on the way; the
 * backbone is to be built with `variant: 'torch'`.
 *
 * @throws SpineError `invalid-argument` if it is not a model or these are not weights; `weights-values` if one that
 *   would be loaded is NaN or infinite; `weights-mismatch` if names differ (strict), no name matches, or the shapes of
 *   a matched one differ (`details` holds the report); if layers without names of their own fit in several ways or in
 *   none; or if the weights are of Keras's graph and the model of torch's, or the reverse.
 */
export function loadWeights(
  model: tfl.LayersModel,
  weights: NamedArrays,
  options: LoadWeightsOptions = {},
): WeightReport {
  requireModel('loadWeights', model);
  requireArrays('loadWeights', weights);
  const { strict } = loadWeightsOptions.check(options);
  const named = renameForModel(model, weights);
  const own = modelWeights(model);
  const fileNames = matchNames(model, named);
  const used = new Set(fileNames.values());
  const unexpected = [...named.keys()].filter((name) => !used.has(name));
  const constants = builtInConstants(model, named, unexpected);
  const report: WeightReport = {
    matched: own.filter(({ name }) => fileNames.has(name)).map(({ name }) => name),
    missing: own.filter(({ name }) => !fileNames.has(name)).map(({ name }) => name),
    unexpected: unexpected.filter((name) => !constants.has(name)),
  };
  check(report, strict, weights);
  const given = (name: string) => named.get(fileNames.get(name) ?? '');
  for (const { name, shape } of own) {
    const found = given(name)?.shape;
    if (found && !isSameShape(found, shape)) {
      throw new SpineError(
        'weights-mismatch',
        `"${name}" has shape [${shape.join(', ')}] in the model but [${found.join(', ')}] in the weights. They belong to another architecture or another width.`,
        { details: { ...report } },
      );
    }
  }
  for (const { name } of own) {
    const found = given(name);
    if (found !== undefined) requireFinite(fileNames.get(name)!, found);
  }

  for (const { name, shape, write } of own) {
    const found = given(name);
    if (found === undefined) continue;
    tf.tidy(() => write(tf.tensor(new Float32Array(rowMajor(found)), [...shape])));
  }
  return report;
}

function check(report: WeightReport, strict: boolean, weights: NamedArrays): void {
  const { matched, missing, unexpected } = report;
  const some = (names: readonly string[]) => listFirst(names, 4);
  if (weights.size === 0)
    throw new SpineError(
      'weights-mismatch',
      `There is no weight to load: the weights are empty. The model has ${some(missing)}.`,
      { details: { ...report } },
    );
  if (matched.length === 0) {
    throw new SpineError(
      'weights-mismatch',
      `No weight matches: the model has ${some(missing)}; the file has ${some(unexpected)}. They belong to another architecture.`,
      {
        details: { ...report },
      },
    );
  }
  if (strict && missing.length + unexpected.length > 0) {
    const parts = [
      missing.length > 0 ? `missing from the weights: ${some(missing)}` : '',
      unexpected.length > 0 ? `not in the model: ${some(unexpected)}` : '',
    ].filter((part) => part !== '');
    throw new SpineError(
      'weights-mismatch',
      `Weights and model do not fit: ${parts.join('; ')}. Pass { strict: false } to load the ${matched.length} that match.`,
      {
        details: { ...report },
      },
    );
  }
}
