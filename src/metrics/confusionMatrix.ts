import { predictedClasses } from './predictedClasses.js';
import { type Predictions, checkLabelled } from '../predictions/index.js';

/** How often each class was taken for each. */
export interface ConfusionMatrix {
  /** Class names, in the order of rows and of columns. */
  readonly classes: readonly string[];
  /** [truth][predicted]: numbers of samples. */
  readonly counts: readonly (readonly number[])[];
}

/**
 * The confusion matrix (the paper's Figs. 7, 10 and 13). The predicted class is the most probable one.
 *
 * @throws SpineError `label-missing`, naming samples without a label; `dataset-empty`; `invalid-argument`.
 */
export function confusionMatrix(predictions: Predictions): ConfusionMatrix {
  checkLabelled(predictions);
  const { classes, truth } = predictions;
  const predicted = predictedClasses(predictions);
  const counts = classes.map(() => classes.map(() => 0));
  truth.forEach((label, sample) => {
    const row = counts[label]!;
    const column = predicted[sample]!;
    row[column] = row[column]! + 1;
  });
  return { classes, counts };
}
