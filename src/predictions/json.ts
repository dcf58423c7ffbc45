import { ndarrayOf } from '../ndarray.js';
import type { Predictions } from './predictions.js';

/** {@link Predictions} as plain JSON. */
export interface PredictionsJSON {
  readonly classes: readonly string[];
  readonly ids: readonly string[];
  readonly groups: readonly string[];
  /** Index of the true class of each sample. */
  readonly truth: readonly number[];
  /** [n][k]. */
  readonly probabilities: readonly (readonly number[])[];
}

/** Predictions as `metrics` and reports take them, from plain JSON. */
export function predictionsFromJSON({ classes, ids, groups, truth, probabilities }: PredictionsJSON): Predictions {
  return {
    classes,
    ids,
    groups,
    truth: Int32Array.from(truth),
    probabilities: ndarrayOf(Float32Array.from(probabilities.flat()), [ids.length, classes.length]),
  };
}

/** Predictions as plain JSON. */
export function predictionsToJSON({ classes, ids, groups, truth, probabilities }: Predictions): PredictionsJSON {
  return {
    classes: [...classes],
    ids: [...ids],
    groups: [...groups],
    truth: [...truth],
    probabilities: ids.map((_, row) => classes.map((_, column) => probabilities.get(row, column))),
  };
}
