export { compareBackbones } from './compareBackbones.js';
export { comparisonDefaults, type ComparedBackbone, type ComparisonOptions, type ComparisonParts, type WeightsSource } from './options.js';
export { isFinished, type Comparison, type ComparisonRow, type FailedRow, type FinishedRow, type MeasuredStage, type WeightSummary } from './comparison.js';
export type { Measurement } from './measure.js';
export { planTrials, type Trial } from './planTrials.js';
export { runTrial, type TrialOptions } from './runTrial.js';
export type { PartRecord, TrialRecord } from './trialSpec.js';
export type { PredictionsJSON } from '../predictions/index.js';
