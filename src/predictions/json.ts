import { quoted } from '../arguments.js';
import { dataWith } from '../dataRules.js';
import { SpineError } from '../errors.js';
import { ndarrayOf } from '../ndarray.js';
import { checked, names, required, type Rule } from '../options.js';
import { checkPredictions } from './checkPredictions.js';
import type { Predictions } from './predictions.js';

/** {@link Predictions} as plain JSON. */
export interface PredictionsJSON {
  readonly classes: readonly string[];
  readonly ids: readonly string[];
  readonly groups: readonly string[];
  /** Index of the true class of each sample; −1 where it has no label. */
  readonly truth: readonly number[];
  /** [n][k]. */
  readonly probabilities: readonly (readonly number[])[];
}

const list: Rule<never> = { expects: 'a list with an entry for each id', accepts: Array.isArray };

const predictionsJSON: Rule<PredictionsJSON> = dataWith<PredictionsJSON>(
  'predictions as plain JSON, as predictionsToJSON gives them',
  {
    classes: required(names),
    ids: required(names),
    groups: required(names),
    truth: required(list),
    probabilities: required(list),
  },
  (given) => (typeof given === 'string' ? 'Parse it: JSON.parse(text).' : undefined),
);

/**
 * Predictions as `metrics` and reports take them, from plain JSON.
 *
 * @throws SpineError `invalid-argument` for what is no such JSON, naming the row; `dataset-empty` if it holds no sample.
 */
export function predictionsFromJSON(json: PredictionsJSON): Predictions {
  const { classes, ids, groups, truth, probabilities } = checked('predictions', json, predictionsJSON);
  const rowAt = (row: number) => `row ${row + 1} of ${ids.length}, ${JSON.stringify(ids[row])},`;
  for (const [name, { length }] of Object.entries({ groups, truth, probabilities })) {
    if (length !== ids.length) refuse(`predictions.${name} has ${length} entries for ${ids.length} ids.`);
  }
  for (const [row, label] of truth.entries()) {
    if (!Number.isInteger(label) || label < -1 || label >= classes.length)
      refuse(
        `predictions.truth must be the index of a class, from 0 to ${classes.length - 1}, or -1 for none; ${rowAt(row)} has ${quoted(label)}.`,
      );
  }
  for (const [row, shares] of probabilities.entries()) {
    const given: unknown = shares;
    if (!Array.isArray(given) || given.length !== classes.length)
      refuse(
        `predictions.probabilities must have ${classes.length} numbers for each id, one a class; ${rowAt(row)} has ${Array.isArray(given) ? given.length : quoted(given)}.`,
      );
    const stray = shares.findIndex((share) => !Number.isFinite(share));
    if (stray >= 0)
      refuse(
        `predictions.probabilities must be finite numbers; ${rowAt(row)} has ${quoted(shares[stray])} for "${classes[stray]}".${shares[stray] === null ? ' JSON writes null for NaN: the model that said so is broken.' : ''}`,
      );
  }
  const predictions = {
    classes,
    ids,
    groups,
    truth: Int32Array.from(truth),
    probabilities: ndarrayOf(Float32Array.from(probabilities.flat()), [ids.length, classes.length]),
  };
  checkPredictions(predictions);
  return predictions;
}

/**
 * Predictions as plain JSON.
 *
 * @throws SpineError `invalid-argument` for predictions whose parts do not fit together, or that hold NaN or infinity,
 *   which JSON does not know; `dataset-empty` if there is none.
 */
export function predictionsToJSON(predictions: Predictions): PredictionsJSON {
  checkPredictions(predictions);
  const { classes, ids, groups, truth, probabilities } = predictions;
  return {
    classes: [...classes],
    ids: [...ids],
    groups: [...groups],
    truth: [...truth],
    probabilities: ids.map((_, row) => classes.map((_, column) => probabilities.get(row, column))),
  };
}

function refuse(message: string): never {
  throw new SpineError('invalid-argument', message);
}
