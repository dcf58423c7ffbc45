export { modelDiagram, modelFigure, type DiagramStage } from './modelDiagram.js';
export { describeModel } from './describeModel.js';
export type { LayerDescription, ModelBlock, ModelDescription } from './description.js';
