export {
  checkStages,
  checkStepStage,
  stageDefaults,
  stageOptions,
  stepStageOptions,
  type Stage,
  type StepStage,
  type WholeStage,
} from './stage.js';
