export { modelDiagram, modelFigure } from './modelDiagram.js';
export { descriptionRule, unfreezeRule } from './descriptionRule.js';
export { describeModel } from './describeModel.js';
export type { DiagramStage, LayerDescription, ModelBlock, ModelDescription } from './description.js';
