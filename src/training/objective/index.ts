export { checkClassWeight, classWeights, type ClassWeight } from './classWeight.js';
export type { Mixture } from './mixture.js';
export { checkMixup, type Mixup } from './mixup.js';
export { countCorrect, crossEntropy, targetCrossEntropy } from './loss.js';
export { lossTargets, mainLabels } from './targets.js';
export { mixedSource } from './mixedSource.js';
