import type { SpineErrorCode } from '../errors.js';
import type { History } from '../training/index.js';
import type { Measurement } from './measure.js';
import type { TrialSpec } from './trialSpec.js';

/** What a model said of both parts at the end of a stage. */
export interface MeasuredStage {
  readonly name: string;
  readonly validation: Measurement;
  readonly test: Measurement;
}

/** What became of a backbone’s initial weights. */
export interface WeightSummary {
  /** How many tensors were loaded. */
  readonly matched: number;
  /** Names that the weights lack: layers of the head, which always start anew. */
  readonly missing: readonly string[];
  /** Names that the model lacks or that belong to a head: ignored. */
  readonly unexpected: readonly string[];
}

/** A backbone that was trained and measured. */
export interface FinishedTrial {
  readonly spec: TrialSpec;
  /** The tfjs backend it ran on. */
  readonly backend: string;
  /** Wall time, from building to the last prediction. */
  readonly seconds: number;
  /** Numbers in the model's weights, head included. */
  readonly parameters: number;
  /** Absent where all layers started at random. */
  readonly weights?: WeightSummary;
  readonly history: History;
  /** In the order they were run. */
  readonly stages: readonly MeasuredStage[];
}

/** A backbone that failed, and why. */
export interface FailedTrial {
  readonly spec: TrialSpec;
  readonly backend: string;
  /** Wall time until it failed. */
  readonly seconds: number;
  readonly error: {
    /** The code of a SpineError; 'unexpected' for any other error, from tfjs say. */
    readonly code: SpineErrorCode | 'unexpected';
    readonly message: string;
  };
}

/** The outcome of one trial: plain JSON. */
export type TrialResult = FinishedTrial | FailedTrial;

/** Several backbones on one split and one schedule: plain JSON. */
export interface Comparison {
  /** Class names in the order of the outputs. */
  readonly classes: readonly string[];
  /** In the order in which the backbones were named. */
  readonly rows: readonly TrialResult[];
}

/** Whether a row has results, rather than an error. */
export function isFinished(row: TrialResult): row is FinishedTrial {
  return !('error' in row);
}
