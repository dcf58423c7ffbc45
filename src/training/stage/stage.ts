import { quoted, refuseUnknownOptions, requireOptions } from '../../arguments.js';
import { SpineError } from '../../errors.js';
import {
  checkAverage,
  checkClip,
  checkOptimizer,
  checkSchedule,
  checkWeightDecay,
  type AverageWeights,
  type OptimizerOptions,
  type LearningRateSchedule,
  type WeightDecay,
} from '../optimizer/index.js';
import { checkMixup, type Mixup } from '../objective/index.js';

/** One stage of training: which layers learn, how long, at which rate. */
export interface Stage {
  /** Its name in histories and reports. */
  readonly name: string;
  /**
   * Which layers learn: those after the last feature maps ('head', transfer learning), every layer ('all', whatever their `trainable` says), or the
   * named layer and all that follow it in `model.layers` (fine tuning of the last layers). Dropouts among the others do
   * nothing.
   */
  readonly unfreeze: 'head' | 'all' | { readonly from: string };
  /** Most epochs to train. */
  readonly epochs: number;
  /** The optimizer's learning rate, which `schedule` may change and `layerDecay` lower for the layers nearer the input. */
  readonly learningRate: number;
  /** Stop after so many epochs in a row without a smaller validation loss; default: never. */
  readonly patience?: number;
  /**
   * What unfrozen batch normalizations do. 'frozen' (default): they use their moving statistics, which stay as they
   * are, and only gamma and beta learn. 'trained': they normalize by the batch, and their statistics follow.
   */
  readonly batchNorm?: 'frozen' | 'trained';
  /** What moves the weights. Default: Adam. */
  readonly optimizer?: OptimizerOptions;
  /** How the rate goes through the stage. Default: it stays. */
  readonly schedule?: LearningRateSchedule;
  /**
   * Each block nearer the input learns at this times the rate of the one after it, 0 … 1; the head at the full rate.
   * Default 1: all alike. (Howard and Ruder, 2018, take 1 / 2.6 between three groups of layers.)
   */
  readonly layerDecay?: number;
  /** Decoupled weight decay: with Adam, AdamW (Loshchilov and Hutter, 2019). Default 0. */
  readonly weightDecay?: WeightDecay;
  /** Gradients are scaled down to at most this norm, over all of them. Default: no limit. */
  readonly clipNorm?: number;
  /** Each value of a gradient is cut to ± this. Default: no limit. */
  readonly clipValue?: number;
  /** How much of each target is spread over all classes, 0 … 1: y · (1 − a) + a / k. Default 0. */
  readonly labelSmoothing?: number;
  /** Trains on mixtures of two images each; frozen layers then run in each epoch. Default: no mixtures. */
  readonly mixup?: Mixup;
  /**
   * Validates and keeps a moving average of the weights, while the weights themselves train on. Default: no average.
   */
  readonly averageWeights?: AverageWeights;
}

/** The defaults of {@link Stage}. */
export const stageDefaults = {
  batchNorm: 'frozen',
  optimizer: { kind: 'adam' },
  schedule: { kind: 'constant' },
  layerDecay: 1,
  weightDecay: 0,
  labelSmoothing: 0,
} as const satisfies Partial<Stage>;

/** The names of a stage's options. */
export const stageOptionNames = Object.keys({
  name: true,
  unfreeze: true,
  epochs: true,
  learningRate: true,
  patience: true,
  batchNorm: true,
  optimizer: true,
  schedule: true,
  layerDecay: true,
  weightDecay: true,
  clipNorm: true,
  clipValue: true,
  labelSmoothing: true,
  mixup: true,
  averageWeights: true,
} satisfies Record<keyof Stage, true>);

/** @throws SpineError `invalid-argument` for a stage that makes no sense. */
export function checkStages(stages: readonly Stage[]): void {
  const fail = (message: string): never => {
    throw new SpineError('invalid-argument', message);
  };
  if (!Array.isArray(stages)) fail(`stages must be a list, got ${quoted(stages)}.`);
  if (stages.length === 0) fail('stages is empty: give at least one.');
  for (const [index, stage] of stages.entries()) {
    requireOptions('A stage', stage, '{ name, unfreeze, epochs, learningRate }');
    const name: unknown = stage.name;
    if (typeof name !== 'string' || name === '')
      fail(
        `Stage ${index + 1} of ${stages.length} needs a name: a text for histories and reports, such as 'fine tuning'; got ${quoted(name)}.`,
      );
    refuseUnknownOptions(`Stage "${stage.name}"`, stage, stageOptionNames);
    checkStage(stage, (message) => fail(`Stage "${stage.name}": ${message}`));
  }
}

function checkStage(stage: Stage, fail: (message: string) => never): void {
  const { epochs, learningRate, patience, schedule } = stage;
  if (!(Number.isInteger(epochs) && epochs > 0)) fail(`epochs must be a whole number above 0, got ${quoted(epochs)}.`);
  if (!(learningRate > 0 && Number.isFinite(learningRate)))
    fail(`learningRate must be above 0, got ${quoted(learningRate)}.`);
  if (patience !== undefined && !(Number.isInteger(patience) && patience > 0))
    fail(`patience must be a whole number above 0, got ${quoted(patience)}.`);
  if (schedule !== undefined) checkSchedule(schedule, epochs, learningRate, fail);
  if (stage.averageWeights !== undefined) checkAverage(stage.averageWeights, fail);
  checkUpdates(stage, fail);
}

/** The part of a stage that says what an update is, whatever its rate. */
export type UpdateOptions = Omit<
  Stage,
  'name' | 'epochs' | 'learningRate' | 'patience' | 'schedule' | 'averageWeights'
>;

/** Calls `fail` for options that make no update. */
export function checkUpdates(options: UpdateOptions, fail: (message: string) => never): void {
  const { unfreeze, batchNorm, optimizer, layerDecay, weightDecay, labelSmoothing, mixup } = options;
  if (
    unfreeze !== 'head' &&
    unfreeze !== 'all' &&
    typeof (unfreeze as { from?: unknown } | undefined)?.from !== 'string'
  ) {
    fail(`unfreeze must be 'head', 'all' or { from: layer name }, got ${quoted(unfreeze)}.`);
  }
  if (typeof unfreeze === 'object') refuseUnknownOptions('unfreeze', unfreeze, ['from'], fail);
  if (batchNorm !== undefined && batchNorm !== 'frozen' && batchNorm !== 'trained') {
    fail(`batchNorm must be 'frozen' or 'trained', got ${quoted(batchNorm)}.`);
  }
  if (optimizer !== undefined) checkOptimizer(optimizer, fail);
  if (layerDecay !== undefined && !(layerDecay > 0 && layerDecay <= 1))
    fail(`layerDecay must be above 0 and at most 1, got ${quoted(layerDecay)}.`);
  if (weightDecay !== undefined) checkWeightDecay(weightDecay, fail);
  checkClip(options, fail);
  if (labelSmoothing !== undefined && !(labelSmoothing >= 0 && labelSmoothing < 1))
    fail(`labelSmoothing must be at least 0 and below 1, got ${quoted(labelSmoothing)}.`);
  if (mixup !== undefined) checkMixup(mixup, fail);
}
