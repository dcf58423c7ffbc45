import { checkFinite } from './checkLoss.js';
import { stageDefaults } from '../stage/index.js';
import type { StageState } from './stageState.js';
import type { StageRun } from './trainStage.js';
import { updates } from './updates.js';

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

/** What one epoch came to over its training samples. */
export interface TrainedEpoch {
  readonly loss: number;
  readonly accuracy: number;
  /** Of its last update. */
  readonly learningRate: number;
}

export async function trainEpoch(run: StageRun, state: StageState, epoch: number): Promise<TrainedEpoch> {
  const { stage, trainSource, batchSize, epochsBefore, onBatch } = run;
  const { labelSmoothing = stageDefaults.labelSmoothing } = stage;
  const batches = Math.ceil(trainSource.size / batchSize);
  let seen = 0;
  let lossSum = 0;
  let correctSum = 0;
  let batch = 0;
  let learningRate = state.schedule.rate(state.updates);
  const options = { ...run, labelSmoothing, epoch, readingEpoch: epochsBefore + epoch - 1 };
  for await (const { loss, correct, size } of updates(options, (gradients) => state.update(gradients, learningRate))) {
    batch++;
    checkFinite(loss, `loss of batch ${batch}`, stage.name, epoch, learningRate);
    seen += size;
    lossSum += loss * size;
    correctSum += correct;
    onBatch?.({ stage: stage.name, epoch, batch, batches, loss, learningRate });
    if (batch < batches) learningRate = state.schedule.rate(state.updates);
  }
  return { loss: lossSum / seen, accuracy: correctSum / seen, learningRate };
}
