/** What a learning-rate range test came to: one entry for each update, the last where the loss diverged. */
export interface LearningRateRange {
  readonly rates: readonly number[];
  /** The loss of each batch, before its update. */
  readonly losses: readonly number[];
  /** Their moving average, corrected for its start. */
  readonly smoothedLosses: readonly number[];
  /** The rate at which the smoothed loss falls most steeply over the logarithm of the rate; absent if it never falls. */
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
    const suggestion = this.steepest();
    return { rates, losses, smoothedLosses: smoothed, ...(suggestion !== undefined && { suggestion }) };
  }

  private steepest(): number | undefined {
    const first = Math.floor(this.options.updates / 10);
    // The last ones are where it diverges.
    const last = this.length - 5;
    let steepest = 0;
    let suggestion: number | undefined;
    for (let index = first; index + 1 < last; index++) {
      const [rate, next] = [this.rates[index] as number, this.rates[index + 1] as number];
      const slope = ((this.smoothed[index + 1] as number) - (this.smoothed[index] as number)) / Math.log(next / rate);
      if (slope >= steepest) continue;
      steepest = slope;
      suggestion = rate;
    }
    return suggestion;
  }
}
