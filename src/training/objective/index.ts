export { prepareObjective, type CheckedObjective } from './checkObjective.js';
export {
  labelSmoothingRule,
  objectiveRule,
  type Objective,
  type PreparedObjective,
  type TargetOptions,
  type TargetReading,
  type TrainingData,
} from './objective.js';
export { classification, type ClassificationOptions } from './classification.js';
export { checkClassWeight, classWeightRule, type ClassWeight } from './classWeight.js';
export { validationName } from './measureNames.js';
export { mixedSource, mixupOptions, type Mixup } from './mixup.js';
export { targetedSource, type TargetedBatch, type TargetedSource } from './targetedSource.js';
