import type * as tfl from '@tensorflow/tfjs-layers';
import { refuseUnknownOptions, requireFunctions, requireOptions, requireSignal } from '../arguments.js';
import { ensureTrainingKernels, requireLiveBackend } from '../backend/index.js';
import type { Dataset } from '../dataset/index.js';
import { rememberClasses } from '../models/index.js';
import type { Progress } from '../progress.js';
import { createRandom } from '../random.js';
import type { ByteStore } from '../store/index.js';
import {
  Checkpointer,
  describeDataset,
  describeModel,
  resolveCheckpoint,
  type CheckpointOptions,
} from './checkpoint/index.js';
import { checkStages, type Stage } from './stage/index.js';
import { frozenCacheDefaults, resolveFrozenCache, type FrozenCacheOptions } from './data/index.js';
import { readGraph, headLayers, requireModel } from '../network/index.js';
import { isOver, trainStage, type BatchLog, type EpochLog, type History, type StageHistory } from './loop/index.js';
import { prepareTraining } from './prepare.js';
import type { ClassWeight } from './objective/index.js';

/** Options of {@link fineTune}. */
export interface FineTuneOptions {
  /** Seed of the order of samples and of the dropout masks. */
  readonly seed: number;
  /** What to train, in order. Default: {@link fineTuneDefaults}.stages. */
  readonly stages?: readonly Stage[];
  /** Samples an update. Default 16. */
  readonly batchSize?: number;
  /**
   * Samples that go through the network at a time, of which `batchSize` is a multiple: their gradients are added up
   * until an update is due, so that a small device trains as a large one does. What trained batch norms go by is these
   * samples alone. Default: `batchSize`.
   */
  readonly microBatchSize?: number;
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
  /** Called after each update. */
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
 * low rate. Each stage has its own optimizer, keeps the weights of its best epoch, and leaves frozen layers
 * unchanged to the bit. Nothing of the model changes but its weights, and its metadata, which keep the class names. Runs on the backend that tfjs runs on; gradient
 * kernels that it lacks are registered first.
 *
 * Samples must be preprocessed to the model's input shape, with values in [0, 1]. Class order is the model's own, or
 * that of the sorted labels.
 *
 * @throws SpineError before work starts: `invalid-argument`, `dataset-empty`, `label-missing`, `unknown-label`,
 *   `model-invalid`, `backend-not-registered`; `checkpoint-mismatch` if the checkpoint is of another run,
 *   `checkpoint-format` if it is damaged. While training: `training-diverged` when the loss is no longer finite;
 *   what {@link batches} throws for a bad sample. The model then has its best weights so far. `backend-lost` if the
 *   graphics card goes away, and the model's weights with it: the same call goes on from its checkpoint elsewhere.
 */
export async function fineTune(
  model: tfl.LayersModel,
  data: { readonly train: Dataset; readonly validation: Dataset },
  options: FineTuneOptions,
): Promise<History> {
  requireModel('fineTune', model);
  requireOptions('fineTune', data, '{ train, validation } as its data');
  requireOptions('fineTune', options, '{ seed }');
  refuseUnknownOptions('fineTune', options, optionNames);
  requireSignal(options.signal);
  requireFunctions(options, 'onCache', 'onBatch', 'onEpoch', 'onStage');
  const {
    seed,
    signal,
    onCache,
    onBatch,
    onEpoch,
    onStage,
    checkpoint,
    cache: _cache,
    cacheBytes: _bytes,
    stages: _stages,
    ...deciding
  } = options;
  const { stages = fineTuneDefaults.stages, batchSize = fineTuneDefaults.batchSize } = options;
  const { microBatchSize, classWeight } = deciding;
  const random = createRandom(seed, 'fineTune');
  checkStages(stages);
  const cache = resolveFrozenCache(options.cache, options.cacheBytes);
  const checkpoints = checkpoint === undefined ? undefined : resolveCheckpoint(checkpoint);
  const randoms = stages.map(({ name }, index) => random.fork(index, name));
  const { graph, classes, weights, plans, sources } = prepareTraining(model, data, {
    stages,
    randoms,
    batchSize,
    microBatchSize,
    classWeight,
    cache,
    signal,
    onCache,
  });

  const checkpointer =
    checkpoints &&
    (await Checkpointer.open({
      ...checkpoints,
      model,
      plans,
      identity: {
        seed,
        stages,
        options: { ...deciding, batchSize, views: cache.views },
        classes,
        train: describeDataset(data.train),
        validation: describeDataset(data.validation),
        model: describeModel(model, graph),
      },
    }));

  // Which output stands for which class must outlive this call: a data set to predict may lack a class.
  rememberClasses(model, classes);
  const finished: StageHistory[] = [...(checkpointer?.finished ?? [])];
  let epochsBefore = 0;
  try {
    for (const [index, stage] of stages.entries()) {
      if (index >= finished.length) {
        // A callback may have changed the backend.
        ensureTrainingKernels();
        const plan = plans[index]!;
        const { progress } = checkpointer ?? {};
        const ownSources = await sources.begin(index);
        if (!progress || !isOver(stage, progress)) await sources.fill(epochsBefore + (progress?.epochs.length ?? 0));
        // What was lost while a checkpoint was written shows here, before anything is made.
        requireLiveBackend();
        const history = await trainStage({
          graph,
          plan,
          stage,
          ...ownSources,
          batchSize,
          epochsBefore,
          weights,
          random: randoms[index]!,
          signal,
          onBatch,
          onEpoch,
          saved: checkpointer?.takeStage(),
          onState: (saved) => checkpointer?.saveEpoch(finished, saved),
        });
        await onStage?.(history);
        finished.push(history);
        await checkpointer?.saveStage(finished);
        signal?.throwIfAborted();
      }
      epochsBefore += stage.epochs;
    }
  } finally {
    await sources.close();
  }
  return { stages: finished };
}

const optionNames = Object.keys({
  seed: true,
  stages: true,
  batchSize: true,
  microBatchSize: true,
  classWeight: true,
  cache: true,
  cacheBytes: true,
  checkpoint: true,
  signal: true,
  onCache: true,
  onBatch: true,
  onEpoch: true,
  onStage: true,
} satisfies Record<keyof FineTuneOptions, true>);

/** The names of the layers that a stage with `unfreeze: 'head'` trains. */
export function headLayerNames(model: tfl.LayersModel): string[] {
  return headLayers(readGraph(model)).map(({ name }) => name);
}
