export type { BatchLog } from './trainEpoch.js';
export type { EpochLog, History, StageHistory } from './history.js';
export type { SavedStage, StageProgress } from './stageState.js';
export { isOver, trainStage } from './trainStage.js';
export { updates } from './updates.js';
