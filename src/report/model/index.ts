export { modelDiagram, modelFigure, type DiagramStage } from './modelDiagram.js';
export { describeModel, type LayerDescription, type ModelBlock, type ModelDescription } from './describeModel.js';
