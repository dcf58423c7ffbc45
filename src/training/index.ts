export { fineTune, fineTuneDefaults, headLayerNames, type FineTuneOptions } from './fineTune.js';
export { checkpointDefaults, type CheckpointOptions } from './checkpoint/index.js';
export { frozenCacheDefaults, type FrozenCacheOptions } from './data/index.js';
export { checkStages, stageDefaults, type Stage, type UpdateOptions } from './stage/index.js';
export { findLearningRate, findLearningRateDefaults, type FindLearningRateOptions } from './findLearningRate.js';
export type { LearningRateRange } from './rangeCourse.js';
export type { BatchLog } from './loop/index.js';
export type { EpochLog, History, StageHistory } from './loop/index.js';
export { type ClassWeight, type Mixup, checkClassWeight } from './objective/index.js';
export {
  type AverageWeights,
  type OptimizerOptions,
  type LearningRateSchedule,
  type WarmUp,
  type WeightDecay,
  optimizerDefaults,
  scheduleDefaults,
  weightDecayDefaults,
} from './optimizer/index.js';
