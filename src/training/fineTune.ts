import type * as tfl from '@tensorflow/tfjs-layers';
import { requireOptions } from '../arguments.js';
import { ensureTrainingKernels, requireLiveBackend } from '../backend/index.js';
import { SpineError } from '../errors.js';
import { headLayers, readGraph, requireModel } from '../network/index.js';
import { abortSignal, callback, optionsOf, record, required, seedNumber, wholeNumber, type Rule } from '../options.js';
import type { Progress } from '../progress.js';
import { createRandom } from '../random.js';
import type { ByteStore } from '../store/index.js';
import {
  Checkpointer,
  checkpointRule,
  identifyDataset,
  identifyModel,
  identifyObjective,
  type CheckpointOptions,
} from './checkpoint/index.js';
import { frozenCacheDefaults, frozenCacheOptions, type FrozenCacheOptions } from './data/index.js';
import { isOver, trainStage, type BatchLog, type EpochLog, type History, type StageHistory } from './loop/index.js';
import {
  classification,
  classWeightRule,
  objectiveRule,
  type ClassWeight,
  type Objective,
  type TrainingData,
} from './objective/index.js';
import { checkDataNames, prepareTraining } from './prepare.js';
import { checkStages, type Stage } from './stage/index.js';

/** Options of {@link fineTune}. */
export interface FineTuneOptions<Measure extends string = 'accuracy'> {
  /** Seed of the order of samples and of the dropout masks. */
  readonly seed: number;
  /** What to train, in order. Default: {@link fineTuneDefaults}.stages. */
  readonly stages?: readonly Stage[];
  /** Samples an update. Default 16. */
  readonly batchSize?: number;
  /**
   * Samples that go through the network at a time, of which `batchSize` is a multiple: their gradients are added up
   * until an update is due (gradient accumulation), so that a small device trains as a large one does. Trained batch
   * norms go by these samples alone. Default: `batchSize`.
   */
  readonly microBatchSize?: number;
  /** What the model is trained for. Default: {@link classification} with the `classWeight` below. */
  readonly objective?: Objective<Measure>;
  /** How much each class counts in the training loss. Default: every sample alike. For classification alone. */
  readonly classWeight?: ClassWeight;
  /**
   * Where a stage freezes the leading layers and its samples are the same in each epoch, those layers run once per
   * sample and their results are kept, in up to `bytes` of memory (default 1 GiB; 0 for none) and then in the store
   * `spill`; without one they run in each epoch. The result is the same to rounding.
   */
  readonly cache?: FrozenCacheOptions;
  /**
   * Where a checkpoint is kept, written after each epoch: a store, or how to use one. Where it holds one already,
   * training goes on from there as if it had never stopped; epochs and stages that were finished are not trained or
   * reported again.
   */
  readonly checkpoint?: ByteStore | CheckpointOptions;
  /** Ends training; the promise rejects with `signal.reason`, and the model keeps its best weights so far. */
  readonly signal?: AbortSignal;
  /**
   * Called while results of frozen layers are computed to be kept, at the beginning of a stage, and with `cache.views`
   * in the first epochs: samples done, of those to be computed.
   */
  readonly onCache?: (progress: Progress & { readonly stage: string }) => void;
  /** Called after each update. */
  readonly onBatch?: (log: BatchLog) => void;
  /** Called after each epoch. */
  readonly onEpoch?: (log: EpochLog<Measure> & { readonly stage: string }) => void;
  /** Called at the end of each stage, the best weights restored: measure the model here. Awaited. */
  readonly onStage?: (stage: StageHistory<Measure>) => void | Promise<void>;
}

/** The paper gives neither epochs nor rates; these are the customary ones of a two-stage fine-tuning. */
export const fineTuneDefaults = {
  stages: [
    { name: 'transfer learning', unfreeze: 'head', epochs: 20, learningRate: 1e-3, patience: 5 },
    { name: 'fine tuning', unfreeze: 'all', epochs: 10, learningRate: 1e-5, patience: 3 },
  ],
  batchSize: 16,
  cache: frozenCacheDefaults,
} as const satisfies Omit<FineTuneOptions, 'seed'>;

/** A list is told from anything else here, its entries by {@link checkStages}. */
const stagesRule: Rule<readonly Stage[]> = { expects: 'a list', accepts: Array.isArray };

export const fineTuneOptions = optionsOf<FineTuneOptions<string>, typeof fineTuneDefaults>(
  'fineTune',
  {
    seed: required(seedNumber),
    stages: stagesRule,
    batchSize: wholeNumber(1),
    microBatchSize: wholeNumber(1),
    objective: objectiveRule,
    classWeight: classWeightRule,
    cache: record(frozenCacheOptions),
    checkpoint: checkpointRule,
    signal: abortSignal,
    onCache: callback,
    onBatch: callback,
    onEpoch: callback,
    onStage: callback,
  },
  fineTuneDefaults,
);

/**
 * Trains a model in stages (paper, steps 7 and 9), first the new head on a frozen base (transfer learning), then
 * unfrozen layers at a low rate. Each stage has its own optimizer, keeps the weights of its best epoch, and leaves
 * frozen layers unchanged to the bit. What it is trained for is the objective's: by default, to classify. Nothing of
 * the model changes but its weights, and its metadata, which keep the class names. Runs on the backend that tfjs runs
 * on; gradient kernels that it lacks are registered first.
 *
 * Samples must be preprocessed to the model's input shape, with values in [0, 1].
 *
 * @throws SpineError before work starts: `invalid-argument`, `dataset-empty`, `label-missing`, `unknown-label`,
 *   `model-invalid`, `backend-not-registered`; `checkpoint-mismatch` if the checkpoint is of another run,
 *   `checkpoint-format` if it is damaged. While training: `training-diverged` when the loss is no longer finite;
 *   what {@link batches} throws for a bad sample; `invalid-argument` for targets, a loss or measures of an objective of
 *   your own that will not do, when the first is read, and for a `targetOf` that fails, unless by a SpineError of another
 *   code. The model then has its best weights so far. `backend-lost` if the
 *   graphics card goes away, and the model's weights with it: the same call goes on from its checkpoint elsewhere.
 */
export async function fineTune<Measure extends string = 'accuracy'>(
  model: tfl.LayersModel,
  data: TrainingData,
  options: FineTuneOptions<Measure>,
): Promise<History<Measure>> {
  requireModel('fineTune', model);
  requireOptions('fineTune', data, '{ train, validation } as its data');
  checkDataNames('fineTune', data);
  // Within, measures are names like any other.
  const given = fineTuneOptions.check(options as unknown as FineTuneOptions<string>);
  const { seed, batchSize, microBatchSize = batchSize, signal, onCache, onBatch, onEpoch, onStage } = given;
  const stages = checkStages(given.stages);
  const cache = frozenCacheOptions.check(given.cache);
  const objective = objectiveOf('fineTune', given);
  const random = createRandom(seed, 'fineTune');
  const randoms = stages.map(({ name }, index) => random.fork(index, name));
  const training = { objective, stages, randoms, batchSize, microBatchSize, cache, signal, onCache };
  const { objective: prepared, plans, sources } = prepareTraining(model, data, training);

  const checkpointer =
    given.checkpoint &&
    (await Checkpointer.open({
      ...(given.checkpoint as Required<CheckpointOptions>),
      model,
      plans,
      identity: {
        seed,
        stages,
        options: { batchSize, microBatchSize, views: cache.views },
        objective: identifyObjective(prepared, plans[0]!),
        train: identifyDataset(data.train),
        validation: identifyDataset(data.validation),
        model: identifyModel(model, readGraph(model)),
      },
    }));

  await prepared.begin?.();
  const finished: StageHistory<string>[] = [...(checkpointer?.finished ?? [])];
  let epochsBefore = 0;
  try {
    for (const [index, stage] of stages.entries()) {
      if (index >= finished.length) {
        // A callback may have changed the backend.
        ensureTrainingKernels();
        const { progress } = checkpointer ?? {};
        const ownSources = await sources.begin(index);
        if (!progress || !isOver(stage, progress)) await sources.fill(epochsBefore + (progress?.epochs.length ?? 0));
        // What was lost while a checkpoint was written shows here, before anything is made.
        requireLiveBackend();
        const history = await trainStage({
          plan: plans[index]!,
          objective: prepared,
          stage,
          ...ownSources,
          batchSize,
          epochsBefore,
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
  return { stages: finished } as unknown as History<Measure>;
}

/**
 * What is trained for: classification, unless something else is asked for.
 *
 * @throws SpineError `invalid-argument` for class weights beside an objective.
 */
export function objectiveOf(
  caller: string,
  { objective, classWeight }: Pick<FineTuneOptions<string>, 'objective' | 'classWeight'>,
): Objective {
  if (!objective) return classification(classWeight === undefined ? {} : { classWeight });
  if (classWeight !== undefined)
    throw new SpineError(
      'invalid-argument',
      `${caller} has been given an objective and classWeight, which is for classification: give it there, classification({ classWeight }).`,
    );
  return objective;
}

/** The names of the layers that a stage with `unfreeze: 'head'` trains, where the objective names none. */
export function headLayerNames(model: tfl.LayersModel): string[] {
  return headLayers(readGraph(model)).map(({ name }) => name);
}
