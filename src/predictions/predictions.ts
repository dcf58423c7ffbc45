import type { NdArray } from 'ndarray';

/** What a model said of each sample of a data set, with the truth beside it: the input of every metric. */
export interface Predictions {
  /** Class names, in the order of the columns. */
  readonly classes: readonly string[];
  /** Sample ids, in the order of the rows. */
  readonly ids: readonly string[];
  /** Group of each sample (`group ?? source ?? id`): the unit of a cluster bootstrap. */
  readonly groups: readonly string[];
  /** Index of the true class of each sample; −1 where it has no label. */
  readonly truth: Int32Array;
  /** [n, k], each row sums to 1. */
  readonly probabilities: NdArray<Float32Array>;
}
