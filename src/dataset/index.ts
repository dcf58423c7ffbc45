export type { Dataset, LoadOptions, Sample } from './sample.js';
export type { Predictions } from './predictions.js';
export { sampleGroup, type GroupBy } from './groups.js';
export { classNames, labelIndices, selectClasses } from './classes.js';
export { splitDataset, splitDefaults, type DatasetSplit, type SplitOptions } from './split.js';
export { foldDefaults, kFold, type Fold, type FoldOptions } from './folds.js';
export { divideDefaults, type DivideOptions } from './divide.js';
export { listNames } from './listing.js';
