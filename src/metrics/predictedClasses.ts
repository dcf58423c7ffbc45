import { type Predictions, checkPredictions } from '../predictions/index.js';

/**
 * The most probable class of each sample, as its index in `classes`; the first of several equally probable ones. Truth
 * plays no part, so samples without a label are welcome.
 *
 * @throws SpineError `dataset-empty` without predictions; `invalid-argument` if their shapes do not fit together.
 */
export function predictedClasses(predictions: Predictions): Int32Array {
  checkPredictions(predictions);
  const { classes, ids, probabilities } = predictions;
  return Int32Array.from(ids, (_, row) => {
    let best = 0;
    for (let column = 1; column < classes.length; column++) {
      if (probabilities.get(row, column) > probabilities.get(row, best)) best = column;
    }
    return best;
  });
}
