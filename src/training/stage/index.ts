export {
  checkStages,
  checkStepStage,
  stageDefaults,
  stepStageOptions,
  type Stage,
  type StepStage,
  type WholeStage,
} from './stage.js';
