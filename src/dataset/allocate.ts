import type { Random } from '../random.js';

/** Samples of each class in a group, by class. */
export type GroupCounts = readonly number[];

/**
 * A part as it fills: samples of each class that it holds, and that its target still lacks (negative: has too many).
 */
interface Part {
  readonly held: number[];
  readonly lacking: number[];
}

/** A group with the classes that occur in it, and what one sample of each class weighs: 1 / size of the class. */
interface Placing {
  readonly counts: GroupCounts;
  readonly present: readonly number[];
  readonly weights: readonly number[];
}

/**
 * Gives each group to a part, so that the parts come close to their targets of every class: exactly, where each group
 * is one sample.
 *
 * Groups of several classes and large groups go first, since small ones fit what is left. Among the parts that a group
 * fits into, one is drawn with a chance in proportion to what it lacks: a large group is then as likely in a part as
 * the part's share says (always giving it to the neediest part would keep every large group in the training part).
 * Where it fits nowhere, it goes where the squared deviation from the targets grows least. When as few groups of a
 * class are left as there are parts without that class, each of these parts gets one.
 *
 * @param groups the groups' counts.
 * @param targets samples of each class for each part: [class][part]; a part whose targets are all 0 stays empty.
 * @returns the part of each group.
 */
export function allocateGroups(
  groups: readonly GroupCounts[],
  targets: readonly (readonly number[])[],
  random: Random,
): number[] {
  const classes = [...targets.keys()];
  const weights = targets.map((row) => 1 / row.reduce((sum, target) => sum + target, 0));
  const parts: Part[] = (targets[0] ?? []).map((_, part) => ({
    held: classes.map(() => 0),
    lacking: targets.map((row) => row[part]!),
  }));
  const open = parts.filter(({ lacking }) => lacking.some((count) => count > 0));
  const remaining = classes.map((label) => groups.filter((counts) => counts[label]! > 0).length);

  const partOf: number[] = [];
  for (const index of largestFirst(groups, random)) {
    const counts = groups[index]!;
    const group: Placing = { counts, present: classes.filter((label) => counts[label]! > 0), weights };
    const eligible = withoutClassesRunningOut(open, group, remaining);
    const fitting = eligible.filter(({ lacking }) => group.present.every((label) => counts[label]! <= lacking[label]!));
    const part = fitting.length > 0 ? drawByNeed(fitting, group, random) : leastDeviating(eligible, group);

    for (const label of group.present) {
      part.held[label] = part.held[label]! + counts[label]!;
      part.lacking[label] = part.lacking[label]! - counts[label]!;
      remaining[label] = remaining[label]! - 1;
    }
    partOf[index] = parts.indexOf(part);
  }
  return partOf;
}

/** The parts that need this group, as the last to bring them a class; all parts if there is no such need. */
function withoutClassesRunningOut(
  parts: readonly Part[],
  group: Placing,
  remaining: readonly number[],
): readonly Part[] {
  let eligible = parts;
  for (const label of group.present) {
    const without = parts.filter(({ held }) => held[label]! === 0);
    const both = eligible.filter((part) => without.includes(part));
    if (without.length >= remaining[label]! && both.length > 0) eligible = both;
  }
  return eligible;
}

function drawByNeed(parts: readonly Part[], { counts, present, weights }: Placing, random: Random): Part {
  const needs = parts.map(({ lacking }) =>
    present.reduce((sum, label) => sum + counts[label]! * lacking[label]! * weights[label]!, 0),
  );
  let point = random.uniform(
    0,
    needs.reduce((sum, need) => sum + need, 0),
  );
  const drawn = parts.find((_, index) => (point -= needs[index]!) < 0);
  // Rounding may leave a trace of the point after the last part.
  return drawn ?? parts.at(-1)!;
}

function leastDeviating(parts: readonly Part[], { counts, present, weights }: Placing): Part {
  // (lacking − count)² − lacking² = count · (count − 2 · lacking)
  const growth = ({ lacking }: Part) =>
    present.reduce((sum, label) => sum + counts[label]! * (counts[label]! - 2 * lacking[label]!) * weights[label]!, 0);
  return parts.reduce((best, part) => (growth(part) < growth(best) ? part : best));
}

/** Positions of the groups: those of several classes first, then by size, in random order among equals. */
function largestFirst(groups: readonly GroupCounts[], random: Random): number[] {
  const ranked = groups.map((counts, index) => ({
    index,
    classes: counts.filter((count) => count > 0).length,
    size: counts.reduce((sum, count) => sum + count, 0),
  }));
  return random
    .shuffle(ranked)
    .sort((a, b) => b.classes - a.classes || b.size - a.size)
    .map(({ index }) => index);
}
