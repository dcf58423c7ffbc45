import type * as tfl from '@tensorflow/tfjs-layers';
import { quoted, refuseUnknownOptions, requireFunctions, requireOptions, requireSignal } from '../arguments.js';
import type { Dataset } from '../dataset/index.js';
import { SpineError } from '../errors.js';
import type { OnProgress } from '../progress.js';
import { createRandom } from '../random.js';
import { resolveFrozenCache, type FrozenCacheOptions } from './data/index.js';
import { checkUpdates, stageDefaults, stageOptionNames, type Stage, type UpdateOptions } from './stage/index.js';
import { fineTuneDefaults } from './fineTune.js';
import { prepareTraining } from './prepare.js';
import { RangeCourse, type LearningRateRange } from './rangeCourse.js';
import { copyVariables, writeVariables } from './tensors.js';
import { Updater } from './optimizer/index.js';
import { requireModel } from '../network/index.js';
import type { ClassWeight } from './objective/index.js';
import { updates } from './loop/index.js';

/** Options of {@link findLearningRate}. */
export interface FindLearningRateOptions {
  /** Seed of the order of samples and of the dropout masks. */
  readonly seed: number;
  /**
   * The stage that a rate is wanted for: a whole one will do. Its own rate, schedule, epochs, patience and averaging play
   * no part.
   */
  readonly stage: UpdateOptions;
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
  readonly classWeight?: ClassWeight;
  /** As in {@link fineTune}. */
  readonly cacheBytes?: number;
  /** As in {@link fineTune}: with `views`, samples drawn anew in each epoch go through the frozen layers so many times. */
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
  cacheBytes: fineTuneDefaults.cacheBytes,
} as const satisfies Omit<FindLearningRateOptions, 'seed' | 'stage'>;

/**
 * The learning-rate range test (Smith, 2017, section 3.3): trains on batch after batch while the rate grows
 * exponentially, until the loss diverges. A good rate lies where the loss falls steeply, below where it is smallest.
 * The model is left as it was, to the bit.
 *
 * Smoothing, the end and the suggestion ("valley") are fastai's: the first tenth of the updates and the last five are no candidates.
 *
 * @throws SpineError as {@link fineTune} does before work starts, and for a bad sample.
 */
export async function findLearningRate(
  model: tfl.LayersModel,
  data: { readonly train: Dataset },
  options: FindLearningRateOptions,
): Promise<LearningRateRange> {
  requireModel('findLearningRate', model);
  requireOptions('findLearningRate', data, '{ train } as its data');
  requireOptions('findLearningRate', options, '{ seed, stage }');
  refuseUnknownOptions('findLearningRate', options, optionNames);
  requireSignal(options.signal);
  requireFunctions(options, 'onCache', 'onProgress');
  requireOptions('findLearningRate', options.stage, '{ unfreeze } as stage');
  // A whole stage may be given, whose name, epochs and rate do not matter here.
  refuseUnknownOptions("findLearningRate's stage", options.stage, stageOptionNames);
  const { seed, microBatchSize, classWeight, signal, onCache, onProgress } = options;
  const { batchSize = findLearningRateDefaults.batchSize } = options;
  const cache = resolveFrozenCache(options.cache, options.cacheBytes);
  const range = checkedRange(options);
  const random = createRandom(seed, 'findLearningRate');
  const stage: Stage = {
    ...options.stage,
    name: 'learning-rate range test',
    epochs: 1,
    learningRate: range.from,
    schedule: stageDefaults.schedule,
  };
  const { graph, weights, plans, sources } = prepareTraining(
    model,
    { train: data.train, validation: [] },
    {
      stages: [stage],
      randoms: [random],
      batchSize,
      microBatchSize,
      classWeight,
      cache,
      signal,
      onCache: ({ done, total }) => onCache?.({ done, total }),
    },
  );
  const plan = plans[0]!;
  const { trainSource } = await sources.begin(0);
  await sources.fill(0);

  const before = copyVariables(plan.changing);
  const updater = new Updater(graph, plan, stage, range.from);
  const course = new RangeCourse(range);
  const { labelSmoothing = stageDefaults.labelSmoothing } = stage;
  const common = { graph, plan, weights, labelSmoothing, trainSource, batchSize, random };
  try {
    for (let epoch = 1; ; epoch++) {
      let rate = rateOf(course.length, range);
      for await (const { loss } of updates({ ...common, epoch, readingEpoch: epoch - 1 }, (gradients) =>
        updater.apply(gradients, rate),
      )) {
        const goesOn = course.add(rate, loss);
        onProgress?.({ done: course.length, total: range.updates });
        signal?.throwIfAborted();
        if (!goesOn) return course.result();
        rate = rateOf(course.length, range);
      }
    }
  } finally {
    writeVariables(plan.changing, before);
    for (const tensor of before) tensor.dispose();
    updater.dispose();
  }
}

const optionNames = Object.keys({
  seed: true,
  stage: true,
  from: true,
  to: true,
  updates: true,
  smoothing: true,
  divergence: true,
  batchSize: true,
  microBatchSize: true,
  classWeight: true,
  cacheBytes: true,
  cache: true,
  signal: true,
  onCache: true,
  onProgress: true,
} satisfies Record<keyof FindLearningRateOptions, true>);

type Range = Required<Pick<FindLearningRateOptions, 'from' | 'to' | 'updates' | 'smoothing' | 'divergence'>>;

function rateOf(update: number, { from, to, updates: count }: Range): number {
  return from * (to / from) ** (update / (count - 1));
}

function checkedRange({ stage, ...options }: FindLearningRateOptions): Range {
  const defaults = findLearningRateDefaults;
  const { from = defaults.from, to = defaults.to, updates: count = defaults.updates } = options;
  const { smoothing = defaults.smoothing, divergence = defaults.divergence } = options;
  const fail = (message: string): never => {
    throw new SpineError('invalid-argument', message);
  };
  checkUpdates(stage, (message) => fail(`stage: ${message}`));
  if (!(from > 0 && to > from && Number.isFinite(to)))
    fail(`from and to must be rates above 0, the second the larger, got ${quoted(from)} and ${quoted(to)}.`);
  if (!(Number.isInteger(count) && count > 1)) fail(`updates must be a whole number above 1, got ${quoted(count)}.`);
  if (!(smoothing >= 0 && smoothing < 1)) fail(`smoothing must be at least 0 and below 1, got ${quoted(smoothing)}.`);
  if (!(divergence > 1)) fail(`divergence must be above 1, got ${quoted(divergence)}.`);
  return { from, to, updates: count, smoothing, divergence };
}
