import type * as tfl from '@tensorflow/tfjs-layers';
import { isPlainObject } from '../arguments.js';
import { ensureTrainingKernels, requireLiveBackend, requireLiveWeights } from '../backend/index.js';
import { requireDataset } from '../dataset/index.js';
import { SpineError } from '../errors.js';
import { inputShape, readGraph } from '../network/index.js';
import { unknownOption } from '../options.js';
import type { Progress } from '../progress.js';
import type { Random } from '../random.js';
import { stageSources, type FrozenCache } from './data/index.js';
import {
  mixedSource,
  prepareObjective,
  targetedSource,
  type CheckedObjective,
  type Objective,
  type TargetedSource,
  type TrainingData,
} from './objective/index.js';
import { planStage, type Plan } from './plan/index.js';
import type { WholeStage } from './stage/index.js';

export interface PrepareOptions {
  readonly objective: Objective;
  readonly stages: readonly WholeStage[];
  /** The stream of each stage. */
  readonly randoms: readonly Random[];
  readonly batchSize: number;
  readonly microBatchSize: number;
  readonly cache: FrozenCache;
  readonly signal: AbortSignal | undefined;
  readonly onCache: ((progress: Progress & { readonly stage: string }) => void) | undefined;
}

/** What training needs, found before it begins. */
export interface Prepared {
  readonly objective: CheckedObjective;
  /** One for each stage. */
  readonly plans: readonly Plan[];
  readonly sources: PreparedSources;
}

/** What each stage trains and validates on. */
export interface PreparedSources {
  /** Those of one stage, at whose beginning those of the stage before end. */
  begin(stage: number): Promise<{ readonly train: TargetedSource; readonly validation: TargetedSource }>;
  /**
   * Computes what the stage that has begun needs for an epoch and is to be kept, so that the time it takes is not the
   * epoch's.
   *
   * @param epoch counted from 0 over all stages.
   */
  fill(epoch: number): Promise<void>;
  /** Lets go of all that was kept, in this run or in one that was killed. */
  close(): Promise<void>;
}

/**
 * Checks model, data and options, and plans every stage, so that a wrong layer name costs no training.
 *
 * @throws SpineError as {@link fineTune} does before work starts.
 */
export function prepareTraining(model: tfl.LayersModel, data: TrainingData, options: PrepareOptions): Prepared {
  const { stages, batchSize, microBatchSize, signal } = options;
  const { train, validation } = data;
  requireDataset('The train set', train);
  requireDataset('The validation set', validation, ' For none, give [].');
  checkBatches(stages, batchSize, microBatchSize);
  checkValidated(stages, validation.length);
  signal?.throwIfAborted();
  requireLiveBackend();
  requireLiveWeights(model);
  ensureTrainingKernels();
  if (train.length === 0)
    throw new SpineError('dataset-empty', 'The training set is empty. Give at least one sample to train on.');

  const objective = prepareObjective(options.objective, model, data, stages);
  const graph = readGraph(model);
  const { takes, head } = objective;
  const plans = stages.map((stage) => planStage(graph, model, stage, { takes, head }));

  const { randoms, cache, onCache } = options;
  const sources = stageSources(train, validation, {
    input: graph.input,
    batchSize: microBatchSize,
    imageShape: inputShape(model),
    signal,
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
  return {
    objective,
    plans,
    sources: {
      ...sources,
      async begin(index) {
        const own = await sources.begin(index);
        const stage = stages[index]!;
        return {
          train: targetedSource(own.train, { dataset: train, objective, stage, signal }),
          validation: targetedSource(own.validation, { dataset: validation, objective, signal }),
        };
      },
    },
  };
}

/** What a split gives goes in whole, so the part that training does not touch may be there. */
const dataNames: readonly string[] = ['train', 'validation', 'test'];

/** @throws SpineError `invalid-argument` for a part of another name, which nobody would read. */
export function checkDataNames(caller: string, data: object): void {
  if (!isPlainObject(data)) return;
  const stray = Object.keys(data).find((name) => data[name] !== undefined && !dataNames.includes(name));
  if (stray !== undefined) throw unknownOption(`The data of ${caller}`, stray, dataNames);
}

function checkBatches(stages: readonly WholeStage[], batchSize: number, microBatchSize: number): void {
  if (batchSize % microBatchSize !== 0)
    throw new SpineError(
      'invalid-argument',
      `microBatchSize must divide batchSize, here ${batchSize}, got ${microBatchSize}.`,
    );
  const mixing = stages.find(({ mixup }) => mixup);
  if (mixing && microBatchSize === 1)
    throw new SpineError(
      'invalid-argument',
      `Stage "${mixing.name}" mixes images of those that go through the network at a time: let them be two or more.`,
    );
}

function checkValidated(stages: readonly WholeStage[], samples: number): void {
  const watching = stages.find(({ schedule }) => schedule.kind === 'plateau');
  if (watching && samples === 0)
    throw new SpineError(
      'invalid-argument',
      `Stage "${watching.name}" lowers its rate by the validation loss, and there is no validation sample. Give some, or another schedule.`,
    );
}
