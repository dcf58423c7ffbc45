import type * as tfl from '@tensorflow/tfjs-layers';
import { requireOptions } from '../arguments.js';
import { SpineError } from '../errors.js';
import { requireModel } from '../network/index.js';
import {
  abortSignal,
  callback,
  numberAbove,
  optionsOf,
  record,
  required,
  seedNumber,
  wholeNumber,
  type WithDefaults,
} from '../options.js';
import type { OnProgress } from '../progress.js';
import { createRandom } from '../random.js';
import { frozenCacheOptions, type FrozenCacheOptions } from './data/index.js';
import { fineTuneDefaults, objectiveOf } from './fineTune.js';
import { trainEpoch } from './loop/index.js';
import {
  classWeightRule,
  objectiveRule,
  type ClassWeight,
  type Objective,
  type TrainingData,
} from './objective/index.js';
import { StageOptimizer } from './optimizer/index.js';
import { copyVariables, writeVariables } from './plan/index.js';
import { checkDataNames, prepareTraining } from './prepare.js';
import { RangeCourse, type LearningRateRange } from './rangeCourse.js';
import { checkStepStage, stageDefaults, stepStageOptions, type StepStage, type WholeStage } from './stage/index.js';

/** Options of {@link findLearningRate}. */
export interface FindLearningRateOptions {
  /** Seed of the order of samples and of the dropout masks. */
  readonly seed: number;
  /**
   * The stage that a rate is wanted for: a whole one will do. Its own rate, schedule, epochs, patience and averaging
   * play no part.
   */
  readonly stage: StepStage;
  /** The first rate. Default 1e-7. */
  readonly from?: number;
  /** The last rate. Default 10. */
  readonly to?: number;
  /** Updates, at rates in equal ratios. Default 100. */
  readonly updates?: number;
  /** What stays of the moving average of the losses at each update, 0 … 1. Default 0.98. */
  readonly smoothing?: number;
  /** Ends where the smoothed loss is this many times the smallest so far. Default 4. */
  readonly divergence?: number;
  /** As in {@link fineTune}. */
  readonly batchSize?: number;
  /** As in {@link fineTune}. */
  readonly microBatchSize?: number;
  /** As in {@link fineTune}. */
  readonly objective?: Objective;
  /** As in {@link fineTune}. */
  readonly classWeight?: ClassWeight;
  /**
   * As in {@link fineTune}: with `views`, samples drawn anew in each epoch go through the frozen layers so many times.
   */
  readonly cache?: FrozenCacheOptions;
  /** Ends the test; the promise rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
  /** Called while the cache is filled: samples done. */
  readonly onCache?: OnProgress;
  /** Called after each update: updates done, of the most there may be. */
  readonly onProgress?: OnProgress;
}

/** The defaults of {@link FindLearningRateOptions}: those of fastai. */
export const findLearningRateDefaults = {
  from: 1e-7,
  to: 10,
  updates: 100,
  smoothing: 0.98,
  divergence: 4,
  batchSize: fineTuneDefaults.batchSize,
  cache: fineTuneDefaults.cache,
} as const satisfies Omit<FindLearningRateOptions, 'seed' | 'stage'>;

export const findLearningRateOptions = optionsOf<FindLearningRateOptions, typeof findLearningRateDefaults>(
  'findLearningRate',
  {
    seed: required(seedNumber),
    stage: required(record(stepStageOptions)),
    from: numberAbove(0),
    to: numberAbove(0),
    updates: wholeNumber(2),
    smoothing: {
      expects: 'at least 0 and below 1',
      accepts: (given) => typeof given === 'number' && given >= 0 && given < 1,
    },
    divergence: numberAbove(1),
    batchSize: wholeNumber(1),
    microBatchSize: wholeNumber(1),
    objective: objectiveRule,
    classWeight: classWeightRule,
    cache: record(frozenCacheOptions),
    signal: abortSignal,
    onCache: callback,
    onProgress: callback,
  },
  findLearningRateDefaults,
);

/**
 * The learning-rate range test (Smith, 2017, section 3.3): trains on batch after batch while the rate grows
 * exponentially, until the loss diverges. A good rate lies where the loss falls steeply, below where it is smallest.
 * The model is left as it was, to the bit.
 *
 * Smoothing, the end and the suggestion ("valley") are fastai's: the first tenth of the updates and the last five are
 * no candidates.
 *
 * @throws SpineError as {@link fineTune} does before work starts, and for a bad sample, target or loss.
 */
export async function findLearningRate(
  model: tfl.LayersModel,
  data: Pick<TrainingData, 'train'>,
  options: FindLearningRateOptions,
): Promise<LearningRateRange> {
  requireModel('findLearningRate', model);
  requireOptions('findLearningRate', data, '{ train } as its data');
  checkDataNames('findLearningRate', data);
  const given = findLearningRateOptions.check(options);
  checkRange(given);
  const { seed, from, to, updates, batchSize, microBatchSize = batchSize, signal, onCache, onProgress } = given;
  const stage = rangeStage(given.stage, from);
  const random = createRandom(seed, 'findLearningRate');
  const prepared = prepareTraining(
    model,
    { train: data.train, validation: [] },
    {
      objective: objectiveOf('findLearningRate', given),
      stages: [stage],
      randoms: [random],
      batchSize,
      microBatchSize,
      cache: frozenCacheOptions.check(given.cache),
      signal,
      onCache: onCache && (({ done, total }) => onCache({ done, total })),
    },
  );
  const { objective, sources } = prepared;
  const plan = prepared.plans[0]!;
  const { train: source } = await sources.begin(0);
  await sources.fill(0);

  const before = copyVariables(plan.changing);
  const optimizer = new StageOptimizer(plan, stage, from);
  const rates = { rate: (update: number) => from * (to / from) ** (update / (updates - 1)) };
  const trainee = { plan, objective, source, batchSize, optimizer, rates, random };
  const course = new RangeCourse(given);
  try {
    for (let epoch = 1; ; epoch++) {
      for await (const { loss, learningRate } of trainEpoch(trainee, epoch, epoch - 1)) {
        const goesOn = course.add(learningRate, loss);
        onProgress?.({ done: course.length, total: updates });
        signal?.throwIfAborted();
        if (!goesOn) return course.result();
      }
    }
  } finally {
    writeVariables(plan.changing, before);
    for (const tensor of before) tensor.dispose();
    optimizer.dispose();
  }
}

/** The stage that the test trains: its own rate, schedule, epochs, patience and averaging play no part. */
function rangeStage(given: StepStage, learningRate: number): WholeStage {
  const { averageWeights: _average, patience: _patience, ...stage } = checkStepStage(given);
  return { ...stage, name: 'learning-rate range test', epochs: 1, learningRate, schedule: stageDefaults.schedule };
}

/** @throws SpineError `invalid-argument` for rates that do not rise. */
function checkRange({ from, to }: WithDefaults<FindLearningRateOptions, typeof findLearningRateDefaults>): void {
  if (to <= from)
    throw new SpineError(
      'invalid-argument',
      `from and to must be rates above 0, the second the larger, got ${from} and ${to}.`,
    );
}
