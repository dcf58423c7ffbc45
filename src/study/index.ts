export { compareBackbones } from './compareBackbones.js';
export {
  compareBackbonesDefaults,
  type ComparedBackbone,
  type CompareBackbonesOptions,
  type InitialWeights,
} from './options.js';
export {
  isFinished,
  type Comparison,
  type TrialResult,
  type FailedTrial,
  type FinishedTrial,
  type MeasuredStage,
  type WeightSummary,
} from './trialResult.js';
export type { Measurement } from './measure.js';
export { planTrials, type Trial } from './planTrials.js';
export { runTrial, type RunTrialOptions } from './runTrial.js';
export type { TrialSpec } from './trialSpec.js';
export type { PredictionsJSON } from '../predictions/index.js';
export type { DatasetSplit } from '../dataset/index.js';
