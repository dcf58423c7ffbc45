import type { LayersModel } from '@tensorflow/tfjs-layers';
import { describeModel, modelFigure, type ModelDescription } from '../../model/index.js';
import type { ReportInput } from '../input.js';
import type { Section } from './section.js';

/** The model drawn (Fig. 2), with what each stage trains. */
export function modelSection({ model, stages = [] }: ReportInput): Section | undefined {
  if (model === undefined) return undefined;
  const description = isDescription(model) ? model : describeModel(model);
  const trained = stages.flatMap(({ name, unfreeze }) => (unfreeze === undefined ? [] : [{ name, unfreeze }]));
  return { id: 'model', heading: 'Model', body: modelFigure(description, trained) };
}

function isDescription(model: LayersModel | ModelDescription): model is ModelDescription {
  return 'blocks' in model;
}
