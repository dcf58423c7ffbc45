import { SpineError } from '../errors.js';
import { either, oneOf, seedNumber, required, yesOrNo, callback, type Rules, type WithDefaults } from '../options.js';
import type { Random } from '../random.js';
import { allocateGroups, type GroupCounts } from './allocate.js';
import { classNames, labelIndices } from './classes.js';
import { groupSamples, type GroupBy } from './groups.js';
import { listNames } from '../listing.js';
import type { Dataset } from './sample.js';
import { partSizes } from './partSizes.js';

/** What every division of a data set, in a split or in folds, can be told. */
export interface DivideOptions {
  /** Names the division: the same samples, options and seed give the same parts. */
  readonly seed: number;
  /** Whether each class is divided like the whole. Default true; needs a label on every sample. */
  readonly stratify?: boolean;
  /** What is never divided. Default `'auto'`: the patient, or an original with all its copies. */
  readonly groupBy?: GroupBy;
}

/** The defaults of {@link DivideOptions}. */
export const divideDefaults = { stratify: true, groupBy: 'auto' } as const;

/** What each division checks of its options. */
export const divideRules: Rules<DivideOptions> = {
  seed: required(seedNumber),
  stratify: yesOrNo,
  groupBy: either(oneOf('auto', false), callback),
};

/**
 * Groups are placed anew this often if a part got nothing of a class, which can only happen where groups hold several
 * classes.
 */
const attempts = 20;

/** A data set whose division was checked; `divide` can then be called once per repeat. */
export interface Divider {
  /** The part of each sample, by position. */
  divide(random: Random): Int32Array;
}

/**
 * Prepares the division of a data set into parts of the given shares. What can be refused before groups are placed is
 * refused here.
 *
 * @param shares what the sizes are proportional to; a part whose share is 0 stays empty.
 * @param partName how messages name a part.
 */
export function createDivider(
  dataset: Dataset,
  shares: readonly number[],
  partName: (part: number) => string,
  { stratify, groupBy }: WithDefaults<DivideOptions, typeof divideDefaults>,
): Divider {
  if (dataset.length === 0) throw new SpineError('dataset-empty', 'The data set to divide holds no sample.');
  checkIds(dataset);
  if (stratify) checkLabels(dataset);

  const classes = stratify ? classNames(dataset) : ['all'];
  const classOf = stratify ? labelIndices(dataset, classes) : new Int32Array(dataset.length);
  const members = groupSamples(dataset, groupBy);
  const groups = members.map((positions) => countClasses(positions, classOf, classes.length));
  const counts = countClasses([...dataset.keys()], classOf, classes.length);
  const used = shares.filter((share) => share > 0).length;
  checkGroupCounts(groups, counts, classes, used, stratify);

  const targets = partSizes(counts, shares);
  return {
    divide(random) {
      const partOfGroup = placeGroups(
        groups,
        targets,
        random,
        ({ part, label }) => `${partName(part)} got no "${classes[label]}"`,
      );
      const partOfSample = new Int32Array(dataset.length);
      members.forEach((positions, group) => {
        for (const position of positions) partOfSample[position] = partOfGroup[group]!;
      });
      return partOfSample;
    },
  };
}

/** A part that has nothing of a class. */
interface Gap {
  readonly part: number;
  readonly label: number;
}

function placeGroups(
  groups: readonly GroupCounts[],
  targets: readonly (readonly number[])[],
  random: Random,
  describe: (gap: Gap) => string,
): number[] {
  let gap: Gap | undefined;
  for (let attempt = 0; attempt < attempts; attempt++) {
    const partOfGroup = allocateGroups(groups, targets, random.fork('attempt', attempt));
    gap = findGap(groups, partOfGroup, targets);
    if (!gap) return partOfGroup;
  }
  throw new SpineError(
    'class-too-small',
    `Groups that hold several classes could not be placed so that every part has every class: ${describe(gap!)} in the last of ${attempts} attempts. Ask for fewer parts, or pass groupBy: false if the groups may be divided.`,
  );
}

function findGap(
  groups: readonly GroupCounts[],
  partOfGroup: readonly number[],
  targets: readonly (readonly number[])[],
): Gap | undefined {
  for (const [label, row] of targets.entries()) {
    const having = new Set(partOfGroup.filter((_, group) => groups[group]![label]! > 0));
    const part = row.findIndex((target, candidate) => target > 0 && !having.has(candidate));
    if (part !== -1) return { part, label };
  }
  return undefined;
}

function countClasses(positions: readonly number[], classOf: Int32Array, classes: number): number[] {
  const counts = new Array<number>(classes).fill(0);
  for (const position of positions) {
    const index = classOf[position]!;
    counts[index] = counts[index]! + 1;
  }
  return counts;
}

function checkIds(dataset: Dataset): void {
  const seen = new Set<string>();
  const repeated = new Set<string>();
  for (const { id } of dataset) (seen.has(id) ? repeated : seen).add(id);
  if (repeated.size > 0) {
    throw new SpineError('duplicate-id', `Several samples share the id ${listNames(repeated)}. Give each its own.`, {
      details: { ids: [...repeated] },
    });
  }
}

function checkLabels(dataset: Dataset): void {
  const ids = dataset.filter(({ label }) => label === undefined).map(({ id }) => id);
  if (ids.length > 0) {
    throw new SpineError(
      'label-missing',
      `A stratified division needs a label on every sample; ${listNames(ids)} ${ids.length === 1 ? 'has' : 'have'} none. Label or remove them, or pass stratify: false.`,
      { details: { ids } },
    );
  }
}

function checkGroupCounts(
  groups: readonly GroupCounts[],
  counts: readonly number[],
  classes: readonly string[],
  parts: number,
  stratify: boolean,
): void {
  const sizes = classes.map((name, index) => ({
    name,
    samples: counts[index]!,
    groups: groups.filter((group) => group[index]! > 0).length,
  }));
  const small = sizes.filter((size) => size.groups < parts);
  if (small.length === 0) return;
  const described = (size: { samples: number; groups: number }) =>
    `${amount(size.groups, 'group')} (${amount(size.samples, 'sample')})`;
  const details = { parts, classes: sizes };
  if (!stratify) {
    throw new SpineError(
      'dataset-empty',
      `${parts} parts need at least ${parts} groups, but the data set has ${sizes.map(described).join()}: a part would stay empty. A group is a patient, or an original with its copies.`,
      { details },
    );
  }
  throw new SpineError(
    'class-too-small',
    `${parts} parts need at least ${parts} groups of each class, but ${small.map((size) => `"${size.name}" has ${described(size)}`).join(', ')}. A group is a patient, or an original with its copies. Add films, leave the class out with selectClasses, or ask for fewer parts.`,
    { details },
  );
}

function amount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
