import { optionsOf, type Rule } from '../options.js';
import { createRandom } from '../random.js';
import { createDivider, divideDefaults, divideRules, type DivideOptions } from './divide.js';
import { requireDataset } from './requireDataset.js';
import type { Dataset } from './sample.js';

/** How {@link splitDataset} divides. */
export interface SplitDatasetOptions extends DivideOptions {
  /**
   * What the sizes of the training, validation and test part are proportional to. Default 8 : 1 : 1, the paper's
   * (step 4). The last two may be 0: that part is then empty.
   */
  readonly ratios?: readonly [train: number, validation: number, test: number];
}

/** The defaults of {@link SplitDatasetOptions}. */
export const splitDatasetDefaults = { ...divideDefaults, ratios: [8, 1, 1] } as const;

/** A data set in three parts without a sample, and unless asked for without a group, in common. */
export interface DatasetSplit {
  readonly train: Dataset;
  readonly validation: Dataset;
  readonly test: Dataset;
}

const partNames = ['train', 'validation', 'test'] as const;

const ratiosRule: Rule<SplitDatasetOptions['ratios']> = {
  expects: 'three numbers of at least 0 for train, validation and test, the first above 0',
  accepts: (given) =>
    Array.isArray(given) &&
    given.length === partNames.length &&
    given.every((ratio) => Number.isFinite(ratio) && ratio >= 0) &&
    given[0] > 0,
};

export const splitDatasetOptions = optionsOf<SplitDatasetOptions, typeof splitDatasetDefaults>(
  'splitDataset',
  { ...divideRules, ratios: ratiosRule },
  splitDatasetDefaults,
);

/**
 * Divides a data set into a training, a validation and a test part (the paper's step 4), by default stratified by
 * class and never across a group: a patient, or an original with all its copies, stays in one part. The paper divides
 * image by image after augmenting, so that copies of one film lie in several parts; `groupBy: false` does that.
 *
 * Where each group is one sample, each part has its share of each class rounded up or down, and at least one of each
 * class; larger groups are placed as near to that as they go. Samples keep their order. Which part a sample is in
 * depends on the seed and on what is in the data set, not on its order.
 *
 * @throws SpineError `dataset-empty`; `duplicate-id`; `label-missing` (stratified, a sample without label);
 * `class-too-small` if a class has fewer groups than there are parts; `invalid-argument` for an option or what is no data set.
 */
export function splitDataset(dataset: Dataset, options: SplitDatasetOptions): DatasetSplit {
  requireDataset('The data set of splitDataset', dataset);
  const settings = splitDatasetOptions.check(options);
  const divider = createDivider(dataset, settings.ratios, (part) => partNames[part]!, settings);
  const partOf = divider.divide(createRandom(settings.seed, 'split'));
  const [train, validation, test] = partNames.map((_, part) =>
    dataset.filter((_, position) => partOf[position] === part),
  );
  return { train, validation, test } as DatasetSplit;
}
