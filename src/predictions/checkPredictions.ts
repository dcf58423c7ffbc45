import { SpineError } from '../errors.js';
import { listNames } from '../listing.js';
import { checked } from '../options.js';
import type { Predictions } from './predictions.js';
import { predictionsRule } from './predictionsRule.js';

/**
 * Refuses predictions whose parts do not fit together.
 *
 * @throws SpineError `dataset-empty` if there are no predictions; `invalid-argument` otherwise.
 */
export function checkPredictions(predictions: Predictions): void {
  const { classes, ids, groups, truth, probabilities } = checked('predictions', predictions, predictionsRule);
  const refuse = (sentence: string): never => {
    throw new SpineError('invalid-argument', sentence);
  };
  if (classes.length === 0) refuse('predictions.classes is empty.');
  if (new Set(classes).size !== classes.length)
    refuse(`predictions.classes names a class twice: ${listNames(classes)}.`);
  if (ids.length === 0) {
    throw new SpineError('dataset-empty', 'There is no prediction to measure. Predict a data set that holds samples.');
  }

  const [rows, columns] = probabilities.shape;
  if (probabilities.shape.length !== 2 || rows !== ids.length || columns !== classes.length) {
    refuse(
      `predictions.probabilities has shape [${probabilities.shape.join(', ')}], but ${ids.length} ids and ${classes.length} classes need [${ids.length}, ${classes.length}].`,
    );
  }
  if (truth.length !== ids.length) refuse(`predictions.truth has ${truth.length} entries for ${ids.length} ids.`);
  if (groups.length !== ids.length) refuse(`predictions.groups has ${groups.length} entries for ${ids.length} ids.`);
  truth.forEach((label, row) => {
    if (!Number.isInteger(label) || label < -1 || label >= classes.length) {
      refuse(`predictions.truth is ${label} for "${ids[row]}", but there are ${classes.length} classes.`);
    }
  });
  ids.forEach((id, row) => {
    for (let column = 0; column < classes.length; column++) {
      const probability = probabilities.get(row, column);
      if (!Number.isFinite(probability)) refuse(`predictions.probabilities holds ${probability} for "${id}".`);
    }
  });
}

/**
 * Refuses, besides, predictions of samples whose class is not known.
 *
 * @throws SpineError `label-missing`, naming the samples; and as {@link checkPredictions}.
 */
export function checkLabelled(predictions: Predictions): void {
  checkPredictions(predictions);
  const unlabelled = predictions.ids.filter((_, row) => predictions.truth[row] === -1);
  if (unlabelled.length > 0) {
    throw new SpineError(
      'label-missing',
      `A prediction can only be measured against a label; ${listNames(unlabelled)} ${unlabelled.length === 1 ? 'has' : 'have'} none. Leave them out before predicting.`,
      { details: { ids: unlabelled } },
    );
  }
}
