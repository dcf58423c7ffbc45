export {
  classificationIntervals,
  type ClassificationIntervals,
  type ClassIntervals,
} from './classificationIntervals.js';
export {
  accuracy,
  classificationReport,
  type ClassificationReport,
  type ClassScores,
  type Scores,
} from './classificationReport.js';
export { confusionMatrix, type ConfusionMatrix } from './confusionMatrix.js';
export { predictedClasses } from './predictedClasses.js';
export { wilson, wilsonDefaults, type Interval } from './wilson.js';
export type { Predictions } from '../predictions/index.js';
