/** What a learning-rate range test came to: one entry for each update, the last where the loss diverged. */
export interface LearningRateRange {
  readonly rates: readonly number[];
  /** The loss of each batch, before its update. */
  readonly losses: readonly number[];
  /** Their moving average, corrected for its start. */
  readonly smoothedLosses: readonly number[];
  /**
   * A rate in the middle of the longest fall of the smoothed loss, over the logarithm of the rate; absent if it falls
   * by no more than chance moves it.
   */
  readonly suggestion?: number;
}

export interface RangeCourseOptions {
  /** Updates planned. */
  readonly updates: number;
  readonly smoothing: number;
  readonly divergence: number;
}

/** Follows the losses of a range test as fastai does: what they are on average, where they diverge, where they fell. */
export class RangeCourse {
  private readonly rates: number[] = [];
  private readonly losses: number[] = [];
  private readonly smoothed: number[] = [];
  private average = 0;
  private smallest = Infinity;

  constructor(private readonly options: RangeCourseOptions) {}

  /** Updates so far. */
  get length(): number {
    return this.rates.length;
  }

  /** @returns whether the test goes on. */
  add(rate: number, loss: number): boolean {
    const { smoothing, divergence, updates } = this.options;
    if (!Number.isFinite(loss)) return false;
    this.average = smoothing * this.average + (1 - smoothing) * loss;
    const smoothed = this.average / (1 - smoothing ** (this.length + 1));
    this.rates.push(rate);
    this.losses.push(loss);
    this.smoothed.push(smoothed);
    this.smallest = Math.min(this.smallest, smoothed);
    return smoothed <= divergence * this.smallest && this.length < updates;
  }

  result(): LearningRateRange {
    const { rates, losses, smoothed } = this;
    const suggestion = this.middleOfFall();
    return { rates, losses, smoothedLosses: smoothed, ...(suggestion !== undefined && { suggestion }) };
  }

  /** fastai's "valley": half the length of the longest falling sequence back from its end. */
  private middleOfFall(): number | undefined {
    // The first ones say more of the samples than of the rate, in the last ones it diverges.
    const first = Math.floor(this.options.updates / 10);
    const candidates = this.smoothed.slice(first, this.length - 5);
    const { length, start, end } = longestFall(candidates);
    if (length < 2 || candidates[start]! - candidates[end]! <= this.chance(first + end)) return undefined;
    return this.rates[first + end - Math.floor(length / 2)];
  }

  /** By how much the average of losses moves without any trend, up to a position: three times its standard error. */
  private chance(until: number): number {
    const { smoothing } = this.options;
    // Neighbours differ by chance, hardly by the rate.
    const squares = this.losses
      .slice(1, until + 1)
      .reduce((sum, loss, index) => sum + (loss - this.losses[index]!) ** 2, 0);
    const variance = squares / (2 * until);
    return 3 * Math.sqrt((variance * (1 - smoothing)) / (1 + smoothing));
  }
}

/** The longest sequence of ever smaller values, others between them left out: how many there are, and its ends. */
function longestFall(values: readonly number[]): { length: number; start: number; end: number } {
  // For each length, where the sequence of that length ends whose last value is largest, and so easiest to go on from.
  const ends: number[] = [];
  const starts: number[] = [];
  let longest = { length: 0, start: 0, end: 0 };
  for (const [index, value] of values.entries()) {
    let [low, high] = [0, ends.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (values[ends[middle]!]! > value) low = middle + 1;
      else high = middle;
    }
    starts[index] = low === 0 ? index : starts[ends[low - 1]!]!;
    ends[low] = index;
    if (low + 1 > longest.length) longest = { length: low + 1, start: starts[index], end: index };
  }
  return longest;
}
