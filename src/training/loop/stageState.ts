import type * as tf from '@tensorflow/tfjs-core';
import { BestWeights } from './bestWeights.js';
import { RateSchedule, StageOptimizer, type ScheduleState } from '../optimizer/index.js';
import { numbered, takeTensor, writeVariables, type NamedTensors, type Plan } from '../plan/index.js';
import type { Stage } from '../stage/index.js';
import type { EpochLog } from './history.js';

/** The part of a stage's state that is plain data. */
export interface StageProgress {
  /** The epochs done, in order. */
  readonly epochs: readonly EpochLog<string>[];
  /** Updates done. */
  readonly updates: number;
  /** The epoch whose weights are kept as the best, 0 for those that the stage began with, and its loss. */
  readonly best: { readonly epoch: number; readonly loss?: number };
  readonly schedule: ScheduleState;
}

/** All that decides how a stage goes on after an epoch. Random streams are named by epoch, so they are no part of it. */
export interface SavedStage {
  readonly progress: StageProgress;
  /**
   * 'weights/…': every weight that the stage may change, as it trains on; 'best/…': those of the best epoch;
   * 'average/…': their moving average, if there is one; 'optimizer/…': what the optimizers remember.
   */
  readonly tensors: NamedTensors;
}

/** What a stage knows between two epochs, beside the model. */
export class StageState {
  readonly optimizer: StageOptimizer;
  readonly schedule: RateSchedule;
  readonly best: BestWeights;
  readonly epochs: EpochLog<string>[] = [];

  constructor(
    private readonly plan: Plan,
    stage: Stage,
    updatesPerEpoch: number,
  ) {
    this.optimizer = new StageOptimizer(plan, stage, stage.learningRate);
    this.schedule = new RateSchedule(stage, updatesPerEpoch);
    this.best = new BestWeights(plan.changing);
  }

  /** Runs `work` with the weights that count in the model: their moving average where there is one. */
  async withCountingWeights<T>(work: () => Promise<T>): Promise<T> {
    const { average } = this.optimizer;
    return average ? average.inPlace(work) : work();
  }

  /** The tensors stay the state's: read them before the stage goes on. */
  save(): SavedStage {
    const { epochs, best, schedule, optimizer, plan } = this;
    return {
      progress: {
        epochs: [...epochs],
        updates: optimizer.updates,
        best: { epoch: best.epoch, ...(best.loss !== undefined && { loss: best.loss }) },
        schedule: schedule.save(),
      },
      tensors: new Map<string, tf.Tensor>([
        ...numbered(
          'weights',
          plan.changing.map((variable) => variable.read()),
        ),
        ...numbered('best', best.tensors()),
        ...numbered('average', optimizer.average?.tensors() ?? []),
        ...optimizer.tensors(),
      ]),
    };
  }

  /**
   * Takes the place of a state that was saved, and sets the model's weights to those that trained on. The tensors stay
   * the caller's.
   *
   * @throws SpineError `weights-mismatch` if it was saved of another model or stage.
   */
  resume({ progress, tensors }: SavedStage): void {
    const { changing } = this.plan;
    const weights: tf.Tensor[] = [];
    try {
      for (const [index, { shape }] of changing.entries())
        weights.push(takeTensor(tensors, `weights/${index}`, shape as number[]));
      this.optimizer.resume(tensors, progress.updates);
      this.schedule.resume(progress.schedule);
      this.best.resume(progress.best.epoch, progress.best.loss, tensors, 'best');
      writeVariables(changing, weights);
      this.epochs.splice(0, Infinity, ...progress.epochs);
    } finally {
      for (const tensor of weights) tensor.dispose();
    }
  }

  dispose(): void {
    this.best.dispose();
    this.optimizer.dispose();
  }
}
