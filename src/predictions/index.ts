export { checkLabelled, checkPredictions } from './checkPredictions.js';
export { predictionsFromJSON, predictionsToJSON, type PredictionsJSON } from './json.js';
export type { Predictions } from './predictions.js';
export { predictionsRule } from './predictionsRule.js';
