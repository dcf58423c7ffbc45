export { stageDefaults, stageOptionNames, checkStages, checkUpdates, type Stage, type UpdateOptions } from './stage.js';
export { withStageDefaults } from './withStageDefaults.js';
export { planStage, type Plan } from './plan.js';
