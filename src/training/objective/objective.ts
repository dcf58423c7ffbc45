import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Dataset, Sample } from '../../dataset/index.js';
import { objectWith, type Rule } from '../../options.js';

/** What a model is trained and validated on. */
export interface TrainingData {
  readonly train: Dataset;
  /** May be empty. */
  readonly validation: Dataset;
}

/**
 * What a model is trained for: how samples become targets, outputs a loss, and what is counted beside it.
 *
 * @typeParam Measure - The names of what is counted: 'accuracy' shows in an `EpochLog` as `accuracy` and
 *   `validationAccuracy`.
 */
export interface Objective<Measure extends string = string> {
  /** What it is called in messages; a checkpoint belongs to it. */
  readonly name: string;
  /**
   * Checks whether model and data are fit for it, before work starts, and throws where they are not. It reads no image
   * and changes nothing, and gives its result at once: what takes time belongs into `targetOf` or `begin`.
   */
  prepare(model: tfl.LayersModel, data: TrainingData): PreparedObjective<Measure>;
}

/** An {@link Objective} for one model and its data. */
export interface PreparedObjective<Measure extends string = string> {
  /**
   * What the loss is computed from. 'output' (default): what the model gives. 'logits': what goes into the activation
   * that the model ends in, a softmax or a sigmoid, say, whose logarithm would not be exact.
   */
  readonly takes?: 'output' | 'logits';
  /**
   * Names of the layers that a stage with `unfreeze: 'head'` trains. Default: the layers after the last feature maps. A
   * network that ends in maps has none of these, so there they must be named.
   */
  readonly head?: readonly string[];
  /** The shape of a sample's target: [k] numbers, [height, width, channels] of maps. */
  readonly targetShape: readonly number[];
  /**
   * The target of a sample, in row-major order: numbers that are finite in float32, as many as `targetShape` says. Of a sample that does not
   * vary by epoch it must be the same in each; of one that does, it must be that of the image which `load` gives for the
   * same epoch. It is read again in each epoch, and never kept.
   */
  targetOf(sample: Sample, reading: TargetReading): ArrayLike<number> | Promise<ArrayLike<number>>;
  /**
   * The loss of each sample, [n], made by operations of tfjs that have gradients.
   *
   * @param outputs [n, …], of the model, or what goes into its last activation.
   * @param targets [n, ...targetShape].
   */
  loss(outputs: tf.Tensor, targets: tf.Tensor): tf.Tensor;
  /**
   * What is counted of each sample, [n], by name: a log has the means, as `degrees` and `validationDegrees`. No two may
   * have a name in common, nor one with what a log has besides. None: `{}`.
   */
  readonly measures: Readonly<Record<Measure, (outputs: tf.Tensor, targets: tf.Tensor) => tf.Tensor>>;
  /** What decides the targets beside the samples, as plain JSON: a checkpoint goes on only where it is the same. */
  readonly identity?: unknown;
  /** Whether `targetOf` heeds a stage's `labelSmoothing`. Default false: a stage that asks for it is refused. */
  readonly smoothsLabels?: boolean;
  /**
   * Called when all is checked and training begins: notes in the model what it must remember, such as class names.
   * Awaited.
   */
  begin?(): void | Promise<void>;
}

/** What a target is read for. */
export interface TargetReading {
  /** As in `load`: from 0 over all stages. */
  readonly epoch: number;
  /** What the stage asks of the targets that it trains on; absent where a sample is validated. */
  readonly stage?: TargetOptions;
  readonly signal?: AbortSignal;
}

/** The part of a stage that says what is made of targets. */
export interface TargetOptions {
  /** How much of each target is spread over all classes, 0 … 1: y · (1 − a) + a / k. Default 0. */
  readonly labelSmoothing?: number;
}

export const labelSmoothingRule: Rule<number> = {
  expects: 'at least 0 and below 1',
  accepts: (given) => typeof given === 'number' && given >= 0 && given < 1,
};

/** What is trained for, as `fineTune` and `findLearningRate` are given it. */
export const objectiveRule: Rule<never> = objectWith('an objective, such as classification()', 'prepare');
