import {
  classificationIntervals,
  classificationReport,
  confusionMatrix,
  type ClassificationIntervals,
  type ClassificationReport,
  type ConfusionMatrix,
} from '../metrics/index.js';
import { predictionsToJSON, type Predictions, type PredictionsJSON } from '../predictions/index.js';

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
  readonly predictions: PredictionsJSON;
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
    predictions: predictionsToJSON(predictions),
  };
}
