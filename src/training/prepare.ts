import type * as tfl from '@tensorflow/tfjs-layers';
import { quoted } from '../arguments.js';
import { ensureTrainingKernels, requireLiveBackend, requireLiveWeights } from '../backend/index.js';
import { classNames, labelIndices, requireDataset, type Dataset } from '../dataset/index.js';
import { SpineError } from '../errors.js';
import { modelClasses } from '../models/index.js';
import type { Progress } from '../progress.js';
import type { Random } from '../random.js';
import { planStage, type Plan, type Stage } from './stage/index.js';
import { stageSources, type ResolvedFrozenCache, type SourcesOfStages } from './data/index.js';
import { inputShape, isSoftmax, readGraph, type Graph } from '../network/index.js';
import { type ClassWeight, classWeights, mixedSource } from './objective/index.js';

export interface PrepareOptions {
  readonly stages: readonly Stage[];
  /** The stream of each stage. */
  readonly randoms: readonly Random[];
  readonly batchSize: number;
  readonly microBatchSize: number | undefined;
  readonly classWeight: ClassWeight | undefined;
  readonly cache: ResolvedFrozenCache;
  readonly signal: AbortSignal | undefined;
  readonly onCache: ((progress: Progress & { readonly stage: string }) => void) | undefined;
}

/** What training needs, found before it begins. */
export interface Prepared {
  readonly graph: Graph;
  readonly classes: readonly string[];
  /** Weight of each class in the training loss. */
  readonly weights: Float32Array;
  /** One for each stage. */
  readonly plans: readonly Plan[];
  readonly sources: SourcesOfStages;
}

/**
 * Checks model, data and options, and plans every stage, so that a wrong layer name costs no training.
 *
 * @throws SpineError as {@link fineTune} does before work starts.
 */
export function prepareTraining(
  model: tfl.LayersModel,
  { train, validation }: { readonly train: Dataset; readonly validation: Dataset },
  options: PrepareOptions,
): Prepared {
  const { stages, randoms, batchSize, microBatchSize = batchSize, classWeight, cache, signal, onCache } = options;
  const fail = (message: string): never => {
    throw new SpineError('invalid-argument', message);
  };
  requireDataset('The train set', train);
  requireDataset('The validation set', validation, ' For none, give [].');
  if (!(Number.isInteger(batchSize) && batchSize > 0))
    fail(`batchSize must be a whole number above 0, got ${quoted(batchSize)}.`);
  if (!(Number.isInteger(microBatchSize) && microBatchSize > 0 && batchSize % microBatchSize === 0)) {
    fail(`microBatchSize must divide batchSize, here ${batchSize}, got ${quoted(microBatchSize)}.`);
  }
  for (const { name, mixup, schedule } of stages) {
    if (mixup && microBatchSize === 1)
      fail(`Stage "${name}" mixes images of those that go through the network at a time: let them be two or more.`);
    if (schedule?.kind === 'plateau' && validation.length === 0)
      fail(
        `Stage "${name}" lowers its rate by the validation loss, and there is no validation sample. Give some, or another schedule.`,
      );
  }
  signal?.throwIfAborted();
  requireLiveBackend();
  requireLiveWeights(model);
  ensureTrainingKernels();

  const classes = modelClasses(model, classNames(train));
  const labels = checkLabels(train, classes, 'train');
  checkLabels(validation, classes, 'validation');
  const weights = classWeights(classWeight, classes, labels);
  const graph = readGraph(model);
  checkSoftmax(graph, model);
  const plans = stages.map((stage) => planStage(graph, model, stage));

  const reading = { input: graph.input, classes, batchSize: microBatchSize, imageShape: inputShape(model), signal };
  const sources = stageSources(train, validation, {
    ...reading,
    graph,
    plans,
    epochs: stages.reduce((sum, { epochs }) => sum + epochs, 0),
    cache,
    mixing: (index) => {
      const { mixup } = stages[index]!;
      return mixup && ((images) => mixedSource(images, mixup, randoms[index]!));
    },
    onProgress: (progress, stage) => onCache?.({ ...progress, stage: stages[stage]!.name }),
  });
  return { graph, classes, weights, plans, sources };
}

/** Training runs on what goes into the softmax, so there must be one. */
function checkSoftmax({ steps, output }: Graph, model: tfl.LayersModel): void {
  const last = steps.at(-1);
  if (last?.output === output && isSoftmax(last.layer)) {
    if (last.outputShape.length === 2) return;
    throw new SpineError(
      'model-invalid',
      `A classifier gives one row of probabilities for an image; "${model.name}" gives ${JSON.stringify(last.outputShape.slice(1))}. Pool its maps before the last layer.`,
    );
  }
  throw new SpineError(
    'model-invalid',
    `A classifier ends in a softmax; "${model.name}" ends in "${last?.layer.name ?? 'its input'}". Give its last layer the activation 'softmax'.`,
  );
}

function checkLabels(dataset: Dataset, classes: readonly string[], part: 'train' | 'validation'): Int32Array {
  if (dataset.length === 0) {
    if (part === 'train')
      throw new SpineError('dataset-empty', 'The training set is empty. Give at least one sample to train on.');
    return new Int32Array(0);
  }
  const labels = labelIndices(dataset, classes);
  const unlabelled = dataset.find((_, index) => labels[index] === -1);
  if (unlabelled)
    throw new SpineError(
      'label-missing',
      `Sample "${unlabelled.id}" of the ${part} set has no label; training needs one for each sample.`,
    );
  return labels;
}
