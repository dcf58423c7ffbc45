import type * as tfl from '@tensorflow/tfjs-layers';
import { requireOptions } from '../arguments.js';
import { currentBackend, ensureTrainingKernels } from '../backend/index.js';
import { classNames, labelIndices, type Dataset } from '../dataset/index.js';
import { SpineError } from '../errors.js';
import { modelClasses, rememberClasses } from '../models/index.js';
import type { Progress } from '../progress.js';
import { createRandom } from '../random.js';
import type { ByteStore } from '../store/index.js';
import { Checkpointer, describeDataset, describeModel, resolveCheckpoint, type CheckpointOptions } from './checkpoint/index.js';
import { classWeights, type ClassWeight } from './classWeight.js';
import { frozenCacheDefaults, resolveFrozenCache, type FrozenCacheOptions } from './frozenCache.js';
import { readGraph, type Graph } from './graph.js';
import type { EpochLog, History, StageHistory } from './history.js';
import { inputShape } from './inputShape.js';
import { isSoftmax } from './layerCalls.js';
import { headLayers, planStage } from './plan.js';
import { checkStages, type Stage } from './stage.js';
import { stageSources } from './stageSources.js';
import type { BatchLog } from './trainEpoch.js';
import { isOver, trainStage } from './trainStage.js';

/** Options of {@link fineTune}. */
export interface FineTuneOptions {
  /** Seed of the order of samples and of the dropout masks. */
  readonly seed: number;
  /** What to train, in order. Default: {@link fineTuneDefaults}.stages. */
  readonly stages?: readonly Stage[];
  /** Samples a step. Default 16. */
  readonly batchSize?: number;
  /** How much each class counts in the training loss. Default: every sample alike. */
  readonly classWeight?: ClassWeight;
  /**
   * Where a stage freezes the leading layers and its samples are the same in each epoch, those layers run once per
   * sample and their results are kept, up to this many bytes in memory; beyond, they run in each epoch. Default 1 GiB;
   * 0 turns the cache off. The result is the same to rounding.
   */
  readonly cacheBytes?: number;
  /** More about that cache: a store for what goes beyond the memory, and views of samples that vary by epoch. */
  readonly cache?: FrozenCacheOptions;
  /**
   * Where a checkpoint is kept, written after each epoch: a store, or how to use one. Where it holds one already, training
   * goes on from there as if it had never stopped; epochs and stages that were finished are not trained or reported again.
   */
  readonly checkpoint?: ByteStore | CheckpointOptions;
  /** Ends training; the promise rejects with `signal.reason`, and the model keeps its best weights so far. */
  readonly signal?: AbortSignal;
  /**
   * Called while results of frozen layers are computed to be kept, at the beginning of a stage, and with `cache.views` in
   * the first epochs: samples done, of those to be computed.
   */
  readonly onCache?: (progress: Progress & { readonly stage: string }) => void;
  /** Called after each step. */
  readonly onBatch?: (log: BatchLog) => void;
  /** Called after each epoch. */
  readonly onEpoch?: (log: EpochLog & { readonly stage: string }) => void;
  /** Called at the end of each stage, the best weights restored: measure the model here. Awaited. */
  readonly onStage?: (stage: StageHistory) => void | Promise<void>;
}

/** The paper gives neither epochs nor rates; these are the customary ones of a two-stage fine-tuning. */
export const fineTuneDefaults = {
  stages: [
    { name: 'transfer learning', unfreeze: 'head', epochs: 20, learningRate: 1e-3, patience: 5 },
    { name: 'fine tuning', unfreeze: 'all', epochs: 10, learningRate: 1e-5, patience: 3 },
  ],
  batchSize: 16,
  cacheBytes: frozenCacheDefaults.bytes,
} as const satisfies Omit<FineTuneOptions, 'seed'>;

/**
 * Trains a classifier in stages (paper, steps 7 and 9): first the new head on a frozen base, then unfrozen layers at a
 * low rate. Each stage has its own Adam optimizer, keeps the weights of its best epoch, and leaves frozen layers
 * unchanged to the bit. Nothing of the model changes but its weights, and its metadata, which keep the class names. Runs on the backend that tfjs runs on; gradient
 * kernels that it lacks are registered first.
 *
 * Samples must be preprocessed to the model's input shape, with values in [0, 1]. Class order is the model's own, or
 * that of the sorted labels.
 *
 * @throws SpineError before work starts: `invalid-argument`, `dataset-empty`, `label-missing`, `unknown-label`,
 *   `model-invalid`, `backend-not-registered`; `checkpoint-mismatch` if the checkpoint is of another run,
 *   `checkpoint-format` if it is damaged. While training: `training-diverged` when the loss is no longer finite;
 *   what {@link batches} throws for a bad sample. The model then has its best weights so far.
 */
export async function fineTune(
  model: tfl.LayersModel,
  data: { readonly train: Dataset; readonly validation: Dataset },
  options: FineTuneOptions,
): Promise<History> {
  requireOptions('fineTune', options, '{ seed }');
  const { seed, signal, onCache, onBatch, onEpoch, onStage, checkpoint, cache: _cache, cacheBytes: _bytes, stages: _stages, ...deciding } = options;
  const { classWeight } = deciding;
  const { stages = fineTuneDefaults.stages, batchSize = fineTuneDefaults.batchSize } = options;
  const random = createRandom(seed, 'fineTune');
  checkStages(stages);
  if (!(Number.isInteger(batchSize) && batchSize > 0)) {
    throw new SpineError('invalid-argument', `batchSize must be a whole number above 0, got ${batchSize}.`);
  }
  const cache = resolveFrozenCache(options.cache, options.cacheBytes);
  const checkpoints = checkpoint === undefined ? undefined : resolveCheckpoint(checkpoint);
  signal?.throwIfAborted();
  currentBackend();
  ensureTrainingKernels();

  const { train, validation } = data;
  const classes = modelClasses(model, classNames(train));
  const labels = checkLabels(train, classes, 'train');
  checkLabels(validation, classes, 'validation');
  const weights = classWeights(classWeight, classes, labels);
  const graph = readGraph(model);
  checkSoftmax(graph, model);
  // Every stage is planned before the first begins, so that a wrong layer name costs no training.
  const plans = stages.map((stage) => planStage(graph, model, stage));

  const sources = stageSources(train, validation, {
    graph,
    input: graph.input,
    plans,
    classes,
    batchSize,
    imageShape: inputShape(model),
    signal,
    epochs: stages.reduce((sum, { epochs }) => sum + epochs, 0),
    cache,
    onProgress: (progress, stage) => onCache?.({ ...progress, stage: (stages[stage] as Stage).name }),
  });

  const checkpointer = checkpoints && (await Checkpointer.open({
    ...checkpoints,
    model,
    plans,
    identity: {
      seed,
      stages,
      options: { ...deciding, batchSize, views: cache.views },
      classes,
      train: describeDataset(train),
      validation: describeDataset(validation),
      model: describeModel(model),
    },
  }));

  // Which output stands for which class must outlive this call: a data set to predict may lack a class.
  rememberClasses(model, classes);
  const finished: StageHistory[] = [...(checkpointer?.finished ?? [])];
  let epochsBefore = 0;
  try {
    for (const [index, stage] of stages.entries()) {
      if (index >= finished.length) {
        const plan = plans[index] as (typeof plans)[number];
        const { progress } = checkpointer ?? {};
        const ownSources = await sources.begin(index);
        if (!progress || !isOver(stage, progress)) await sources.fill(epochsBefore + (progress?.epochs.length ?? 0));
        const history = await trainStage({
          graph, plan, stage, ...ownSources, batchSize, epochsBefore, weights, random: random.fork(index, stage.name), signal, onBatch, onEpoch,
          saved: checkpointer?.takeStage(),
          onState: (saved) => checkpointer?.saveEpoch(finished, saved),
        });
        await onStage?.(history);
        finished.push(history);
        await checkpointer?.saveStage(finished);
      }
      epochsBefore += stage.epochs;
    }
  } finally {
    await sources.close();
  }
  return { stages: finished };
}

/** The names of the layers that a stage with `unfreeze: 'head'` trains. */
export function headLayerNames(model: tfl.LayersModel): string[] {
  return headLayers(readGraph(model)).map(({ name }) => name);
}

/** Training runs on what goes into the softmax, so there must be one. */
function checkSoftmax({ steps, output }: Graph, model: tfl.LayersModel): void {
  const last = steps.at(-1);
  if (last?.output === output && isSoftmax(last.layer)) return;
  throw new SpineError('model-invalid', `A classifier ends in a softmax; "${model.name}" ends in "${last?.layer.name ?? 'its input'}". Give its last layer the activation 'softmax'.`);
}

function checkLabels(dataset: Dataset, classes: readonly string[], part: 'train' | 'validation'): Int32Array {
  if (dataset.length === 0) {
    if (part === 'train') throw new SpineError('dataset-empty', 'The training set is empty. Give at least one sample to train on.');
    return new Int32Array(0);
  }
  const labels = labelIndices(dataset, classes);
  const unlabelled = dataset.find((_, index) => labels[index] === -1);
  if (unlabelled) throw new SpineError('label-missing', `Sample "${unlabelled.id}" of the ${part} set has no label; training needs one for each sample.`);
  return labels;
}
