import { SpineError } from '../errors.js';
import { listNames } from '../listing.js';
import { checked, names } from '../options.js';
import { requireDataset } from './requireDataset.js';
import type { Dataset } from './sample.js';

/**
 * The labels that occur in a data set, each once, sorted by code unit. Samples without a label add none.
 *
 * @throws SpineError `invalid-argument` for what is no data set.
 */
export function classNames(dataset: Dataset): string[] {
  requireDataset('The data set of classNames', dataset);
  const labels = new Set<string>();
  for (const { label } of dataset) if (label !== undefined) labels.add(label);
  return [...labels].sort();
}

/**
 * The samples of the given classes, in the order of the data set: one of the paper's tasks (step 5), say
 * `['normal', 'scoliosis']`. Samples without a label are left out.
 *
 * @throws SpineError `invalid-argument` if `classes` is empty or names a class twice, or for what is no data set;
 * `unknown-label` if the data set has no sample of a class.
 */
export function selectClasses(dataset: Dataset, classes: readonly string[]): Dataset {
  requireDataset('The data set of selectClasses', dataset);
  checkClasses(classes);
  const present = classNames(dataset);
  const unknown = classes.filter((name) => !present.includes(name));
  if (unknown.length > 0) {
    throw new SpineError(
      'unknown-label',
      `No sample is labelled ${listNames(unknown)}. ${present.length > 0 ? `The data set has ${listNames(present)}` : 'The data set has no labels'}.`,
      { details: { unknown, present } },
    );
  }
  return dataset.filter(({ label }) => label !== undefined && classes.includes(label));
}

/**
 * The class of each sample as its index in `classes`; −1 where a sample has no label.
 *
 * @throws SpineError `invalid-argument` if `classes` is empty or names a class twice; `unknown-label` if a label is
 * not among them.
 */
export function labelIndices(dataset: Dataset, classes: readonly string[]): Int32Array {
  checkClasses(classes);
  const indexOf = new Map(classes.map((name, index) => [name, index]));
  return Int32Array.from(dataset, ({ id, label }) => {
    if (label === undefined) return -1;
    const index = indexOf.get(label);
    if (index === undefined) {
      throw new SpineError(
        'unknown-label',
        `Sample "${id}" is labelled "${label}", which is not among the classes ${listNames(classes)}. Add it to them, or leave the sample out with selectClasses.`,
        { details: { id, label, classes } },
      );
    }
    return index;
  });
}

function checkClasses(classes: readonly string[]): void {
  checked('classes', classes, names);
  if (classes.length === 0) throw new SpineError('invalid-argument', 'classes is empty. Name at least one class.');
  const repeated = classes.filter((name, index) => classes.indexOf(name) !== index);
  if (repeated.length > 0) {
    throw new SpineError('invalid-argument', `classes names ${listNames(new Set(repeated))} more than once.`);
  }
}
