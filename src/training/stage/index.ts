export { classWeights, type ClassWeight } from './classWeight.js';
export { clipGradients } from './clip.js';
export type { Mixup } from './mixup.js';
export { optimizerDefaults, type OptimizerOptions, type OptimizerKind } from './optimizer.js';
export { RateSchedule, type ScheduleState } from './rateSchedule.js';
export { scheduleDefaults, type WarmUp, type Schedule } from './schedule.js';
export { stageDefaults, stageOptionNames, checkStages, checkUpdates, type Stage, type UpdateOptions } from './stage.js';
export { WeightAverage, type AverageWeights } from './weightAverage.js';
export { weightDecayDefaults, decayRate, isKernel, decayVariable, type WeightDecay } from './weightDecay.js';
