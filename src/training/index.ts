export { fineTune, fineTuneDefaults, headLayerNames, type FineTuneOptions } from './fineTune.js';
export { checkpointDefaults, type CheckpointOptions } from './checkpoint/index.js';
export { frozenCacheDefaults, frozenCacheOptions, type FrozenCacheOptions } from './data/index.js';
export { checkStages, stageDefaults, stageOptions, type Stage, type StepStage } from './stage/index.js';
export { findLearningRate, findLearningRateDefaults, type FindLearningRateOptions } from './findLearningRate.js';
export type { LearningRateRange } from './rangeCourse.js';
export type { BatchLog, EpochLog, History, StageHistory } from './loop/index.js';
export {
  checkClassWeight,
  classification,
  classWeightRule,
  type ClassificationOptions,
  type ClassWeight,
  type Mixup,
  type Objective,
  type PreparedObjective,
  type TargetOptions,
  type TargetReading,
  type TrainingData,
} from './objective/index.js';
export {
  optimizerDefaults,
  scheduleDefaults,
  weightDecayDefaults,
  type AverageWeights,
  type ClipOptions,
  type LayerDecayOptions,
  type LearningRateSchedule,
  type OptimizerOptions,
  type StageOptimizerOptions,
  type WarmUp,
  type WeightDecay,
} from './optimizer/index.js';
export type { PlanOptions } from './plan/index.js';
