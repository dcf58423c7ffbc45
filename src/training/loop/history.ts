import { validationName } from '../objective/index.js';

/**
 * What one epoch of training came to. Beside what is here, the mean of each measure of the objective: 'accuracy' is the
 * fraction classified correctly, `accuracy` over the training samples, as met during the epoch, and
 * `validationAccuracy` over the validation samples after it, NaN without any.
 */
export type EpochLog<Measure extends string = 'accuracy'> = {
  /** Counted from 1 within its stage. */
  readonly epoch: number;
  /**
   * Mean loss over the training samples, as met during the epoch: with dropout, mixtures, smoothed labels and class
   * weights, plus what the layers' regularizers add.
   */
  readonly loss: number;
  /** Mean loss over the validation samples after the epoch, without any of these; NaN without validation samples. */
  readonly validationLoss: number;
  /** The rate of the epoch's last update. */
  readonly learningRate: number;
  /** Wall time of the epoch, validation included. */
  readonly seconds: number;
} & {
  readonly [Name in Measure | `validation${Capitalize<Measure>}`]: number;
};

/** How one stage went. */
export interface StageHistory<Measure extends string = 'accuracy'> {
  readonly name: string;
  /** The epoch whose weights the stage ended with: the one of the smallest validation loss. */
  readonly bestEpoch: number;
  readonly epochs: readonly EpochLog<Measure>[];
}

/** How training went, stage by stage. */
export interface History<Measure extends string = 'accuracy'> {
  readonly stages: readonly StageHistory<Measure>[];
}

/** What one update came to. */
export interface BatchLog {
  readonly stage: string;
  /** From 1. */
  readonly epoch: number;
  /** From 1. */
  readonly batch: number;
  /** Batches in the epoch. */
  readonly batches: number;
  /** Weighted mean loss of the batch, plus what the layers' regularizers add. */
  readonly loss: number;
  /** The rate of the update. */
  readonly learningRate: number;
}

/** Means of samples: of their losses, and of each measure in the order of the objective's. */
export interface Means {
  readonly loss: number;
  readonly measures: readonly number[];
}

/** An epoch's log, the measures under their names. */
export function epochLog(
  names: readonly string[],
  trained: Means,
  validated: Means,
  rest: Pick<EpochLog, 'epoch' | 'learningRate' | 'seconds'>,
): EpochLog<string> {
  const named = ({ measures }: Means, nameOf: (measure: string) => string) =>
    Object.fromEntries(names.map((name, index) => [nameOf(name), measures[index]!]));
  return {
    epoch: rest.epoch,
    loss: trained.loss,
    ...named(trained, (name) => name),
    validationLoss: validated.loss,
    ...named(validated, validationName),
    learningRate: rest.learningRate,
    seconds: rest.seconds,
  };
}
