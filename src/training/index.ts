export { fineTune, fineTuneDefaults, headLayerNames, type FineTuneOptions } from './fineTune.js';
export { checkpointDefaults, type CheckpointOptions } from './checkpoint/index.js';
export { frozenCacheDefaults, type FrozenCacheOptions } from './frozenCache.js';
export { checkStages, type Stage } from './stage.js';
export type { BatchLog } from './trainEpoch.js';
export type { ClassWeight } from './classWeight.js';
export type { EpochLog, History, StageHistory } from './history.js';
export { predictDataset, predictDefaults, type PredictOptions } from './predictDataset.js';
export { extractFeatures, type ExtractOptions, type Features } from './extractFeatures.js';
