/** Below this, a difference between two counts of samples is rounding. */
const rounding = 1e-9;

/**
 * How many samples of each class each part is to get: [class][part], whole numbers. Each is its share of the class
 * rounded up or down, and at least 1 where the share is not 0; rows sum to the class's count. What a part loses by
 * rounding in one class it is the first to get back in the next, so that the parts' sizes follow the shares as well.
 *
 * @param counts samples of each class, each no fewer than there are parts with a share.
 * @param shares what the parts' sizes are proportional to.
 */
export function partSizes(counts: readonly number[], shares: readonly number[]): number[][] {
  const total = sum(shares);
  const owed = shares.map(() => 0);
  return counts.map((count) => {
    const ideals = idealsOfAtLeastOne(count, shares);
    const targets = ideals.map((ideal) => Math.floor(ideal + rounding));
    shares.forEach((share, part) => (owed[part] = owed[part]! + (share * count) / total - targets[part]!));

    const roundable = ideals.map((_, part) => part).filter((part) => ideals[part]! - targets[part]! > rounding);
    roundable.sort((a, b) => {
      const difference = owed[b]! - owed[a]!;
      return Math.abs(difference) > rounding ? difference : a - b;
    });
    for (const part of roundable.slice(0, count - sum(targets))) {
      targets[part] = targets[part]! + 1;
      owed[part] = owed[part]! - 1;
    }
    return targets;
  });
}

/** `count` divided by the shares, after every part whose share comes to less than 1 was given 1. */
function idealsOfAtLeastOne(count: number, shares: readonly number[]): number[] {
  const given = new Set<number>();
  for (;;) {
    const rest = count - given.size;
    const total = sum(shares.filter((_, part) => !given.has(part)));
    const ideal = (part: number) => (shares[part]! * rest) / total;
    const short = shares.findIndex((share, part) => share > 0 && !given.has(part) && ideal(part) < 1 - rounding);
    if (short === -1) return shares.map((_, part) => (given.has(part) ? 1 : ideal(part)));
    given.add(short);
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
