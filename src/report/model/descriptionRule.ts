import { dataWith } from '../../dataRules.js';
import { either, finiteNumber, listOf, oneOf, required, text, wholeNumber, type Rule } from '../../options.js';
import type { Stage } from '../../training/index.js';
import type { DiagramStage, LayerDescription, ModelBlock, ModelDescription } from './description.js';

const layerRule: Rule<LayerDescription> = dataWith<LayerDescription>(
  'a layer { name, type, outputShape, parameters }',
  {
    name: required(text),
    type: required(text),
    outputShape: required({
      expects: 'a list of lengths, null where an axis is free',
      accepts: (given) => Array.isArray(given) && given.every((axis) => axis === null || Number.isSafeInteger(axis)),
    }),
    parameters: required(wholeNumber(0)),
    statistics: wholeNumber(0),
    detail: text,
    order: finiteNumber,
  },
);

const blockRule: Rule<ModelBlock> = dataWith<ModelBlock>('a block { name, layers }', {
  name: required(text),
  detail: text,
  layers: required(listOf(layerRule, 'a list of layers { name, type, outputShape, parameters }')),
});

/** A model's description by its fields. */
export const descriptionRule: Rule<ModelDescription> = dataWith<ModelDescription>(
  'a description of a model, as describeModel gives it',
  { name: text, blocks: required(listOf(blockRule, 'a list of blocks { name, layers }')) },
);

/** What a stage trained, as it was given to `fineTune`. */
export const unfreezeRule: Rule<Stage['unfreeze']> = {
  ...either(
    oneOf('head', 'all'),
    dataWith<{ readonly from: string }>('{ from: name of a layer }', { from: required(text) }),
  ),
};

/** A stage as a model's drawing marks it. */
export const diagramStages: Rule<readonly DiagramStage[]> = {
  ...listOf(dataWith<DiagramStage>('a stage', { name: required(text), unfreeze: required(unfreezeRule) })),
  expects: 'a list of stages { name, unfreeze }',
};
