import { derive, requireDataset, type Dataset, type Sample } from '../dataset/index.js';
import { SpineError } from '../errors.js';
import { optionsOf, required, seedNumber, wholeNumber, yesOrNo } from '../options.js';
import { createRandom, type Random } from '../random.js';
import { applyAugmentation, drawAugmentation } from './augment.js';
import { augmentDefaults, augmentRules, type AugmentOptions } from './augmentOptions.js';

/** Options of {@link augmentDataset}. */
export interface AugmentDatasetOptions extends AugmentOptions {
  /** An integer; with it the copies are always the same. */
  readonly seed: number;
  /** Samples in the result, the originals among them: 3500 in the paper. */
  readonly total: number;
  /** Whether each copy is drawn anew in every epoch, so that a network never sees the same one twice. Default false. */
  readonly perEpoch?: boolean;
}

/** The defaults of {@link augmentDataset} beside {@link augmentDefaults}. */
export const augmentDatasetDefaults = { perEpoch: false } as const satisfies Partial<AugmentDatasetOptions>;

const allDefaults = { ...augmentDefaults, ...augmentDatasetDefaults } as const;

export const augmentDatasetOptions = optionsOf<AugmentDatasetOptions, typeof allDefaults>(
  'augmentDataset',
  { seed: required(seedNumber), total: required(wholeNumber(1)), perEpoch: yesOrNo, ...augmentRules },
  allDefaults,
);

/**
 * A data set grown to `total` samples: the originals as they are, then copies of them. No pixel is touched until a copy
 * is loaded: it then loads its original and changes that. So preprocess before augmenting.
 *
 * Every original gets as many copies as any other, give or take one, and where the copies do not come out even, classes
 * get theirs in proportion. The copies of 'film-7' are 'film-7#1', 'film-7#2' …, with its label, group and meta; their
 * `source` is the original's (its id, unless it is a copy itself), so that a split never divides them. What a copy
 * looks like depends on the seed and its id, and with `perEpoch` on the epoch it is loaded for; on nothing else.
 * Originals never vary.
 *
 * @throws SpineError `dataset-empty`; `duplicate-id`; `invalid-argument` without a seed, if `total` is not an integer
 *   or below the number of originals, or for an impossible option.
 */
export function augmentDataset(dataset: Dataset, options: AugmentDatasetOptions): Dataset {
  requireDataset('The data set of augmentDataset', dataset);
  const { seed, total, perEpoch, ...pipeline } = augmentDatasetOptions.check(options);
  const random = createRandom(seed, 'augmentDataset');
  checkTotal(dataset, total);
  const taken = collectIds(dataset);

  const sources = evenOrder(dataset, random.fork('order'));
  const copies: Sample[] = [];
  const counts = new Map<string, number>();
  while (dataset.length + copies.length < total) {
    const source = sources[copies.length % sources.length]!;
    const id = nextId(source.id, counts, taken);
    const stream = (epoch: number) => (perEpoch ? random.fork('copy', id, epoch) : random.fork('copy', id));
    const facts = { id, source: source.source ?? source.id, ...(perEpoch && { perEpoch }) };
    copies.push(
      derive(source, facts, (image, { epoch = 0 }) =>
        applyAugmentation(image, drawAugmentation(stream(epoch), pipeline)),
      ),
    );
  }
  return [...dataset, ...copies];
}

/**
 * The samples in an order of which every beginning holds the classes in proportion: within each class shuffled, then
 * the classes interleaved at even distances. Depends on which samples there are, not on their order.
 */
function evenOrder(dataset: Dataset, random: Random): Sample[] {
  const byId = [...dataset].sort((a, b) => (a.id < b.id ? -1 : 1));
  const classes = new Map<string | undefined, Sample[]>();
  for (const sample of random.shuffle(byId)) {
    const members = classes.get(sample.label);
    if (members === undefined) classes.set(sample.label, [sample]);
    else members.push(sample);
  }
  const placed = [...classes.values()].flatMap((members) =>
    members.map((sample, index) => ({ sample, place: (index + 0.5) / members.length })),
  );
  return placed.sort((a, b) => a.place - b.place).map(({ sample }) => sample);
}

/** The first of id#1, id#2 … that no sample has, which may itself be a set of copies. */
function nextId(id: string, counts: Map<string, number>, taken: Set<string>): string {
  let count = counts.get(id) ?? 0;
  let next: string;
  do next = `${id}#${++count}`;
  while (taken.has(next));
  counts.set(id, count);
  taken.add(next);
  return next;
}

function checkTotal(dataset: Dataset, total: number): void {
  if (dataset.length === 0) throw new SpineError('dataset-empty', 'There is no sample to make copies of.');
  if (!Number.isSafeInteger(total) || total < dataset.length) {
    throw new SpineError(
      'invalid-argument',
      `total counts the originals too, so it is an integer of at least ${dataset.length} here, got ${String(total)}.`,
    );
  }
}

function collectIds(dataset: Dataset): Set<string> {
  const ids = new Set<string>();
  for (const { id } of dataset) {
    if (ids.has(id))
      throw new SpineError(
        'duplicate-id',
        `Two samples have the id ${JSON.stringify(id)}. Ids must be unique: copies are named by them.`,
      );
    ids.add(id);
  }
  return ids;
}
