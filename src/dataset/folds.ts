import { optionsOf, wholeNumber } from '../options.js';
import { createRandom } from '../random.js';
import { createDivider, divideDefaults, divideRules, type DivideOptions } from './divide.js';
import { requireDataset } from './requireDataset.js';
import type { Dataset } from './sample.js';

/** How {@link kFold} divides. */
export interface KFoldOptions extends DivideOptions {
  /** Parts that take turns as the test part, at least 2. Default 5. */
  readonly folds?: number;
  /** How often the whole is done, each time divided anew. Default 1. */
  readonly repeats?: number;
}

/** The defaults of {@link KFoldOptions}. */
export const kFoldDefaults = { ...divideDefaults, folds: 5, repeats: 1 } as const;

export const kFoldOptions = optionsOf<KFoldOptions, typeof kFoldDefaults>(
  'kFold',
  { ...divideRules, folds: wholeNumber(2), repeats: wholeNumber(1) },
  kFoldDefaults,
);

/** One turn of a cross-validation. */
export interface Fold {
  readonly train: Dataset;
  readonly test: Dataset;
  /** Which repeat, from 0. */
  readonly repeat: number;
  /** Which fold of the repeat, from 0. */
  readonly fold: number;
}

/**
 * The folds of a (repeated) k-fold cross-validation, stratified by class and never across a group, as
 * {@link splitDataset} does it. Within a repeat every sample is in exactly one test part. Ordered by repeat, then fold.
 *
 * @throws SpineError `dataset-empty`; `duplicate-id`; `label-missing` (stratified, a sample without label);
 * `class-too-small` if a class has fewer groups than there are folds; `invalid-argument` for an option or what is no data set.
 */
export function kFold(dataset: Dataset, options: KFoldOptions): Fold[] {
  requireDataset('The data set of kFold', dataset);
  const settings = kFoldOptions.check(options);
  const { folds, repeats, seed } = settings;
  const divider = createDivider(dataset, new Array<number>(folds).fill(1), (fold) => `fold ${fold}`, settings);
  return range(repeats).flatMap((repeat) => {
    const foldOf = divider.divide(createRandom(seed, 'folds', repeat));
    return range(folds).map((fold) => ({
      train: dataset.filter((_, position) => foldOf[position] !== fold),
      test: dataset.filter((_, position) => foldOf[position] === fold),
      repeat,
      fold,
    }));
  });
}

function range(length: number): number[] {
  return Array.from({ length }, (_, index) => index);
}
