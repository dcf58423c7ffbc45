import type { Random } from '../random.js';

/** A part of a split while groups are handed out: samples of each class it holds, and still lacks for its target. */
interface Part {
  readonly held: number[];
  readonly lacking: number[];
}

/**
 * Gives each group to a part, so that the parts come close to their targets of every class: exactly, where each group
 * is one sample.
 *
 * Large groups and groups of several classes go first, since small ones fit what is left. Among the parts that a group
 * fits into, one is drawn with a chance in proportion to what it lacks: a large group is then as likely in a part as
 * the part's share says (always giving it to the neediest part would keep every large group in the training part).
 * Where it fits nowhere, it goes where the squared deviation from the targets grows least. When as few groups of a
 * class are left as there are parts without that class, each of these parts gets one.
 *
 * @param groups samples of each class in each group: [group][class].
 * @param targets samples of each class for each part: [class][part]; a part whose targets are all 0 stays empty.
 * @returns the part of each group.
 */
export function allocateGroups(
  groups: readonly (readonly number[])[],
  targets: readonly (readonly number[])[],
  random: Random,
): number[] {
  const classes = targets.map((_, index) => index);
  const sizes = targets.map((row) => row.reduce((sum, value) => sum + value, 0));
  const parts: Part[] = (targets[0] ?? []).map((_, part) => ({
    held: classes.map(() => 0),
    lacking: targets.map((row) => row[part] as number),
  }));
  const open = parts.filter(({ lacking }) => lacking.some((count) => count > 0));
  const remaining = classes.map((name) => groups.filter((group) => at(group, name) > 0).length);

  const candidates = (group: readonly number[], present: readonly number[]): readonly Part[] => {
    let left = open;
    for (const name of present) {
      const without = open.filter(({ held }) => held[name] === 0);
      const needy = left.filter((part) => without.includes(part));
      if (without.length >= at(remaining, name) && needy.length > 0) left = needy;
    }
    const fitting = left.filter(({ lacking }) => present.every((name) => at(group, name) <= at(lacking, name)));
    return fitting.length > 0 ? [drawPart(fitting, group, present)] : left;
  };

  const drawPart = (fitting: readonly Part[], group: readonly number[], present: readonly number[]): Part => {
    const weights = fitting.map(({ lacking }) =>
      present.reduce((sum, name) => sum + (at(group, name) * at(lacking, name)) / at(sizes, name), 0),
    );
    let point = random.uniform(0, weights.reduce((sum, weight) => sum + weight, 0));
    const drawn = fitting.find((_, index) => (point -= at(weights, index)) < 0);
    return drawn ?? (fitting.at(-1) as Part);
  };

  const growth = (part: Part, group: readonly number[], present: readonly number[]) =>
    present.reduce((sum, name) => sum + (at(group, name) * (at(group, name) - 2 * at(part.lacking, name))) / at(sizes, name), 0);

  const partOf: number[] = [];
  for (const index of largestFirst(groups, random)) {
    const group = groups[index] as readonly number[];
    const present = classes.filter((name) => at(group, name) > 0);
    const part = candidates(group, present).reduce((best, other) =>
      growth(other, group, present) < growth(best, group, present) ? other : best,
    );
    for (const name of present) {
      part.held[name] = at(part.held, name) + at(group, name);
      part.lacking[name] = at(part.lacking, name) - at(group, name);
      remaining[name] = at(remaining, name) - 1;
    }
    partOf[index] = parts.indexOf(part);
  }
  return partOf;
}

/** Positions of the groups: those of several classes first, then by size, in random order among equals. */
function largestFirst(groups: readonly (readonly number[])[], random: Random): number[] {
  const ranks = groups.map((counts) => ({
    classes: counts.filter((count) => count > 0).length,
    size: counts.reduce((sum, count) => sum + count, 0),
  }));
  const shuffled = random.shuffle(groups.map((_, index) => index));
  return shuffled.sort((a, b) => {
    const [first, second] = [ranks[a], ranks[b]] as [{ classes: number; size: number }, { classes: number; size: number }];
    return second.classes - first.classes || second.size - first.size;
  });
}

function at(values: readonly number[], index: number): number {
  return values[index] as number;
}
