import type { Predictions } from '../dataset/index.js';
import { array } from '../image/index.js';
import {
  classificationIntervals,
  classificationReport,
  confusionMatrix,
  type ClassificationIntervals,
  type ClassificationReport,
  type ConfusionMatrix,
} from '../metrics/index.js';

/** {@link Predictions} as plain JSON. */
export interface PlainPredictions {
  readonly classes: readonly string[];
  readonly ids: readonly string[];
  readonly groups: readonly string[];
  /** Index of the true class of each sample. */
  readonly truth: readonly number[];
  /** [n][k]. */
  readonly probabilities: readonly (readonly number[])[];
}

/** What predictions come to, as plain JSON. */
export interface Measurement {
  /** Images measured. */
  readonly samples: number;
  /** Patients or films behind them; where they are fewer, the intervals are too narrow. */
  readonly groups: number;
  /** Accuracy; precision, recall, specificity and F1 of each class, and their means. */
  readonly report: ClassificationReport;
  /** Wilson's 95 % intervals of what is a proportion: accuracy, and precision, recall and specificity of each class. */
  readonly intervals: ClassificationIntervals;
  readonly confusion: ConfusionMatrix;
  /** What was said of each image: enough for any other metric, and for a paired test between two rows. */
  readonly predictions: PlainPredictions;
}

/** Measures predictions. */
export function measure(predictions: Predictions): Measurement {
  const confusion = confusionMatrix(predictions);
  return {
    samples: predictions.ids.length,
    groups: new Set(predictions.groups).size,
    report: classificationReport(predictions),
    intervals: classificationIntervals(confusion),
    confusion,
    predictions: plainPredictions(predictions),
  };
}

/** The predictions of a row in the form that `metrics` and reports take. */
export function predictionsOf({ predictions }: Pick<Measurement, 'predictions'>): Predictions {
  const { classes, ids, groups, truth, probabilities } = predictions;
  return {
    classes,
    ids,
    groups,
    truth: Int32Array.from(truth),
    probabilities: array(Float32Array.from(probabilities.flat()), [ids.length, classes.length]),
  };
}

function plainPredictions({ classes, ids, groups, truth, probabilities }: Predictions): PlainPredictions {
  return {
    classes: [...classes],
    ids: [...ids],
    groups: [...groups],
    truth: [...truth],
    probabilities: ids.map((_, row) => classes.map((_, column) => probabilities.get(row, column))),
  };
}
