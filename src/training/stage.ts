import { SpineError } from '../errors.js';
import { checkOptimizer, type OptimizerOptions } from './optimizer.js';

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
  /** The optimizer's learning rate. */
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
}

/** The defaults of {@link Stage}. */
export const stageDefaults = {
  batchNorm: 'frozen',
  optimizer: { kind: 'adam' },
} as const satisfies Partial<Stage>;

/** @throws SpineError `invalid-argument` for a stage that makes no sense. */
export function checkStages(stages: readonly Stage[]): void {
  const fail = (message: string): never => {
    throw new SpineError('invalid-argument', message);
  };
  if (stages.length === 0) fail('stages is empty: give at least one.');
  for (const { name, epochs, learningRate, patience, unfreeze, batchNorm, optimizer } of stages) {
    const failStage = (message: string): never => fail(`Stage "${name}": ${message}`);
    if (!(Number.isInteger(epochs) && epochs > 0)) fail(`Stage "${name}": epochs must be a whole number above 0, got ${epochs}.`);
    if (!(learningRate > 0 && Number.isFinite(learningRate))) fail(`Stage "${name}": learningRate must be above 0, got ${learningRate}.`);
    if (patience !== undefined && !(Number.isInteger(patience) && patience > 0)) fail(`Stage "${name}": patience must be a whole number above 0, got ${patience}.`);
    if (unfreeze !== 'head' && unfreeze !== 'all' && typeof (unfreeze as { from?: unknown } | undefined)?.from !== 'string') {
      fail(`Stage "${name}": unfreeze must be 'head', 'all' or { from: layer name }, got ${JSON.stringify(unfreeze)}.`);
    }
    if (batchNorm !== undefined && batchNorm !== 'frozen' && batchNorm !== 'trained') {
      fail(`Stage "${name}": batchNorm must be 'frozen' or 'trained', got ${JSON.stringify(batchNorm)}.`);
    }
    if (optimizer !== undefined) checkOptimizer(optimizer, failStage);
  }
}
