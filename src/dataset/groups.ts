import { SpineError } from '../errors.js';
import type { Dataset, Sample } from './sample.js';

/**
 * What may not be divided between parts: `'auto'` the patient, or the original with all its copies; `false` nothing,
 * every sample stands alone (the paper's protocol, which leaks); or a function that names the group of a sample.
 */
export type GroupBy = 'auto' | false | ((sample: Sample) => string);

/** The group of a sample: its `group`, else the sample it was made from, else itself. */
export function sampleGroup(sample: Sample): string {
  return sample.group ?? sample.source ?? sample.id;
}

/**
 * The positions of each group's samples. Groups are sorted by name, so that they do not depend on the order of the
 * data set.
 *
 * @throws SpineError `invalid-argument` if `groupBy` is or gives something else than it should.
 */
export function groupSamples(dataset: Dataset, groupBy: GroupBy): number[][] {
  const nameOf = groupNamer(dataset, groupBy);
  const members = new Map<string, number[]>();
  dataset.forEach((sample, position) => {
    const name = nameOf(sample);
    if (typeof name !== 'string') {
      throw new SpineError(
        'invalid-argument',
        `groupBy must give a string, got ${String(name)} for sample "${sample.id}".`,
      );
    }
    const group = members.get(name);
    if (group) group.push(position);
    else members.set(name, [position]);
  });
  return [...members].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, positions]) => positions);
}

function groupNamer(dataset: Dataset, groupBy: GroupBy): (sample: Sample) => string {
  if (groupBy === 'auto') return familyNamer(dataset);
  if (groupBy === false) return (sample) => sample.id;
  if (typeof groupBy === 'function') return groupBy;
  throw new SpineError('invalid-argument', `groupBy must be 'auto', false or a function, got ${String(groupBy)}.`);
}

/**
 * The name of each sample's family, by position: {@link sampleGroup}, joined along every `source` link. Samples of one
 * family show the same patient, or the same film and its copies.
 */
export function sampleFamilies(dataset: Dataset): string[] {
  return dataset.map(familyNamer(dataset));
}

/**
 * Names the family of a sample: {@link sampleGroup}, joined along every `source` link, so that a copy of a copy, and a
 * copy that did not inherit its original's group, stay with the original whether or not it is in the data set.
 */
function familyNamer(dataset: Dataset): (sample: Sample) => string {
  const parent = new Map<string, string>();
  const root = (name: string): string => {
    let current = name;
    for (let above = parent.get(current); above !== undefined; above = parent.get(current)) current = above;
    if (current !== name) parent.set(name, current);
    return current;
  };
  const join = (one: string, other: string) => {
    const [first, last] = [root(one), root(other)].sort() as [string, string];
    // The smaller name wins, so that a family's name does not depend on the order of the data set.
    if (first !== last) parent.set(last, first);
  };

  const groupOfId = new Map(dataset.map((sample) => [sample.id, sampleGroup(sample)]));
  for (const sample of dataset) {
    if (sample.source === undefined) continue;
    const original = groupOfId.get(sample.source);
    if (original === undefined) groupOfId.set(sample.source, sampleGroup(sample));
    else join(sampleGroup(sample), original);
  }
  return (sample) => root(sampleGroup(sample));
}
