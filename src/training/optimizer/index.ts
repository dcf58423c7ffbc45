export { Updater } from './updater.js';
export { WeightAverage, checkAverage, type AverageWeights } from './weightAverage.js';
export { checkOptimizer, optimizerDefaults, type OptimizerKind, type OptimizerOptions } from './optimizer.js';
export { RateSchedule, type ScheduleState } from './rateSchedule.js';
export { checkSchedule, scheduleDefaults, type LearningRateSchedule, type WarmUp } from './schedule.js';
export {
  checkWeightDecay,
  decayRate,
  decayVariable,
  isKernel,
  weightDecayDefaults,
  type WeightDecay,
} from './weightDecay.js';
export { checkClip, clipGradients } from './clip.js';
