import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { SpineError } from '../../errors.js';
import {
  checkTrainable,
  flatLayers,
  headLayers,
  isBatchNorm,
  isDropout,
  isModel,
  type Graph,
  type Step,
} from '../../network/index.js';
import type { Stage } from './index.js';

/** What a stage trains, and how its graph divides into work that never changes and work that does. */
export interface Plan {
  /** Layers whose weights move. */
  readonly trained: ReadonlySet<tfl.layers.Layer>;
  /** Of these, batch normalizations that normalize by their batch. */
  readonly trainedBatchNorms: ReadonlySet<tfl.layers.Layer>;
  /** The variables that the optimizer moves, each once. */
  readonly variables: readonly tf.Variable[];
  /** Every weight that this stage may change, moving statistics included. */
  readonly changing: readonly tfl.LayerVariable[];
  /** Steps whose results depend on no trained weight and no chance. */
  readonly prefix: readonly Step[];
  /** The steps after these. */
  readonly suffix: readonly Step[];
  /** Values that the suffix reads from the prefix (or the images themselves). */
  readonly boundary: readonly number[];
}

/** @throws SpineError `invalid-argument` for an unknown layer; `model-invalid` if nothing is left to train. */
export function planStage(graph: Graph, model: tfl.LayersModel, stage: Stage): Plan {
  const unfrozen = new Set(unfrozenLayers(graph, model, stage));
  const trained = new Set([...unfrozen].filter(({ weights }) => weights.length > 0));
  const layers = [...trained];
  const trainedBatchNorms = new Set((stage.batchNorm ?? 'frozen') === 'trained' ? layers.filter(isBatchNorm) : []);
  const ownVariables = layers.flatMap((layer) =>
    layer.weights.filter(({ originalName }) => !isStatistic(originalName)),
  );
  if (ownVariables.length === 0) {
    throw new SpineError(
      'model-invalid',
      `Stage "${stage.name}" unfreezes ${JSON.stringify(stage.unfreeze)}, which leaves no weight to train.`,
    );
  }

  const changingValues = new Set<number>();
  const prefix: Step[] = [];
  const suffix: Step[] = [];
  for (const step of graph.steps) {
    // A dropout among frozen layers does as in prediction, so that a frozen base gives the same result each time.
    const drops = isDropout(step.layer) && unfrozen.has(step.layer);
    const changes = trained.has(step.layer) || drops || step.inputs.some((value) => changingValues.has(value));
    if (changes) changingValues.add(step.output);
    (changes ? suffix : prefix).push(step);
  }
  for (const step of suffix) checkTrainable(step);
  const boundary = [...new Set(suffix.flatMap(({ inputs }) => inputs.filter((value) => !changingValues.has(value))))];
  return {
    trained,
    trainedBatchNorms,
    variables: [...new Set(ownVariables.map((variable) => variable.read() as tf.Variable))],
    changing: [
      ...ownVariables,
      ...[...trainedBatchNorms].flatMap(({ weights }) =>
        weights.filter(({ originalName }) => isStatistic(originalName)),
      ),
    ],
    prefix,
    suffix,
    boundary,
  };
}

function unfrozenLayers(graph: Graph, model: tfl.LayersModel, { unfreeze, name }: Stage): tfl.layers.Layer[] {
  // tfjs keeps the layers of a model in the order in which Keras counts them.
  const ordered = flatLayers(model);
  if (unfreeze === 'all') return ordered;
  if (unfreeze === 'head') return headLayers(graph);
  const named = layerNamed(model, unfreeze.from);
  // A nested model's name stands for its first layer.
  const first = ordered.findIndex((layer) => layer === (named && (isModel(named) ? flatLayers(named)[0] : named)));
  if (first < 0) {
    const some = ordered.filter(({ weights }) => weights.length > 0).map((layer) => layer.name);
    throw new SpineError(
      'invalid-argument',
      `Stage "${name}" unfreezes from the layer "${unfreeze.from}", which the model does not have. It has: ${some.slice(-8).join(', ')} and ${Math.max(0, some.length - 8)} before.`,
    );
  }
  return ordered.slice(first);
}

function layerNamed(model: tfl.LayersModel, name: string): tfl.layers.Layer | undefined {
  for (const layer of model.layers) {
    if (layer.name === name) return layer;
    const inner = isModel(layer) ? layerNamed(layer, name) : undefined;
    if (inner) return inner;
  }
  return undefined;
}

function isStatistic(originalName: string): boolean {
  return /(^|\/)moving_(mean|variance)$/.test(originalName);
}
