export { StageOptimizer, type StageOptimizerOptions } from './stageOptimizer.js';
export { averageWeightsOptions, WeightAverage, type AverageWeights } from './weightAverage.js';
export { optimizerDefaults, optimizerRule, type OptimizerOptions } from './optimizer.js';
export {
  checkSchedule,
  RateSchedule,
  scheduleDefaults,
  scheduleRule,
  type LearningRateSchedule,
  type ScheduleState,
  type WarmUp,
} from './schedule.js';
export { weightDecayDefaults, weightDecayRule, type WeightDecay } from './weightDecay.js';
export { layerDecayRule, layerDepths, type LayerDecayOptions } from './layerDecay.js';
export { checkClip, clipGradients, clipRules, type ClipOptions } from './clip.js';
