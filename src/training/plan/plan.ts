import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { SpineError } from '../../errors.js';
import { flatLayers, headLayers, isBatchNorm, isDropout, isModel, type Graph, type Step } from '../../network/index.js';
import { oneOf, optionsOf, required, text, type Rule, type Rules } from '../../options.js';
import { checkTrainable } from './checkTrainable.js';
import { checkOutcome, type Outcome } from './outcome.js';

/** Which layers of a model a stage trains. */
export interface PlanOptions {
  /**
   * Which layers learn: those after the last feature maps, or what the objective calls the head ('head', transfer
   * learning), every layer ('all', whatever their `trainable` says), or the named layer and all that follow it in
   * `model.layers` (fine tuning of the last layers). Dropouts among the others do nothing.
   */
  readonly unfreeze: 'head' | 'all' | { readonly from: string };
  /**
   * What unfrozen batch normalizations do. 'frozen' (default): they use their moving statistics, which stay as they
   * are, and only gamma and beta learn. 'trained': they normalize by the batch, and their statistics follow.
   */
  readonly batchNorm?: 'frozen' | 'trained';
}

export const unfreezeFromOptions = optionsOf<{ readonly from: string }>('unfreeze', { from: required(text) });

const unfreezeRule: Rule<PlanOptions['unfreeze']> = {
  expects: `'head', 'all' or { from: layer name }`,
  accepts: (given) =>
    given === 'head' || given === 'all' || typeof (given as { from?: unknown } | null)?.from === 'string',
  complete: (given, path) => (typeof given === 'string' ? given : unfreezeFromOptions.check(given as never, path)),
};

export const planRules: Rules<PlanOptions> = {
  unfreeze: required(unfreezeRule),
  batchNorm: oneOf('frozen', 'trained'),
};

/** What an objective says of the network that it is for. */
export interface Goal {
  /** What the loss is computed from. */
  readonly takes: Outcome;
  /** Names of the layers that 'head' stands for; default: those after the last feature maps. */
  readonly head?: readonly string[] | undefined;
}

/** What a stage trains, and how its graph divides into work that never changes and work that does. */
export interface Plan {
  readonly graph: Graph;
  /** What the loss is computed from. */
  readonly takes: Outcome;
  /** The layers on top, whichever are trained. */
  readonly head: readonly tfl.layers.Layer[];
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

/**
 * @throws SpineError `invalid-argument` for an unknown layer; `model-invalid` if nothing is left to train, or the loss
 *   cannot have what it takes.
 */
export function planStage(
  graph: Graph,
  model: tfl.LayersModel,
  stage: PlanOptions & { readonly name: string },
  goal: Goal,
): Plan {
  checkOutcome(graph, goal.takes);
  const head = goal.head ? layersNamed(graph, goal.head) : headLayers(graph);
  const unfrozen = new Set(unfrozenLayers(head, model, stage));
  const trained = new Set([...unfrozen].filter(({ weights }) => weights.length > 0));
  const layers = [...trained];
  const trainedBatchNorms = new Set(stage.batchNorm === 'trained' ? layers.filter(isBatchNorm) : []);
  const ownVariables = layers.flatMap((layer) =>
    layer.weights.filter(({ originalName }) => !isStatistic(originalName)),
  );
  if (ownVariables.length === 0) {
    const isHeadless = stage.unfreeze === 'head' && head.length === 0;
    const reason = goal.head
      ? "The objective's head is an empty list: name layers there"
      : 'The model ends in feature maps: let the objective name its head';
    const advice = isHeadless ? ` ${reason}, or unfreeze { from: layer name }.` : '';
    throw new SpineError(
      'model-invalid',
      `Stage "${stage.name}" unfreezes ${JSON.stringify(stage.unfreeze)}, which leaves no weight to train.${advice}`,
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
    graph,
    takes: goal.takes,
    head,
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

/** @throws SpineError `invalid-argument` for a name that no layer has. */
function layersNamed({ steps }: Graph, names: readonly string[]): tfl.layers.Layer[] {
  const missing = names.find((name) => !steps.some(({ layer }) => layer.name === name));
  if (missing !== undefined)
    throw new SpineError(
      'invalid-argument',
      `The objective names "${missing}" as a layer of the head, which the model does not have.`,
    );
  return [...new Set(steps.map(({ layer }) => layer).filter(({ name }) => names.includes(name)))];
}

function unfrozenLayers(
  head: readonly tfl.layers.Layer[],
  model: tfl.LayersModel,
  { unfreeze, name }: PlanOptions & { readonly name: string },
): readonly tfl.layers.Layer[] {
  // tfjs keeps the layers of a model in the order in which Keras counts them.
  const ordered = flatLayers(model);
  if (unfreeze === 'all') return ordered;
  if (unfreeze === 'head') return head;
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
