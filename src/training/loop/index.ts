export type { BatchLog, EpochLog, History, StageHistory } from './history.js';
export type { SavedStage, StageProgress } from './stageState.js';
export { isOver, trainStage } from './trainStage.js';
export { trainEpoch } from './trainEpoch.js';
