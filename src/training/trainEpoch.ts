import { GradientSum } from './gradientSum.js';
import { checkFinite } from './diverged.js';
import { trainBatch } from './trainBatch.js';
import type { StageState } from './stageState.js';
import type { StageRun } from './trainStage.js';

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
  /** The rate of its update. */
  readonly learningRate: number;
}

/** One pass over the training samples, with one update for each `batchSize` of them. */
export async function trainEpoch(run: StageRun, state: StageState, epoch: number): Promise<{ loss: number; accuracy: number; learningRate: number }> {
  const { stage, trainSource, random, batchSize, onBatch } = run;
  const { size } = trainSource;
  const order = random.fork('order', epoch).shuffle([...Array(size).keys()]);
  const options = { ...run, random: random.fork('dropout', epoch) };
  const gradientSum = new GradientSum();
  let seen = 0;
  let lossSum = 0;
  let correct = 0;
  let batch = 1;
  let batchLoss = 0;
  let learningRate = state.schedule.rate(state.updates);
  try {
    for await (const item of trainSource.batches(order, run.epochsBefore + epoch - 1)) {
      const batchBegin = (batch - 1) * batchSize;
      const batchEnd = Math.min(batchBegin + batchSize, size);
      const share = item.labels.length / (batchEnd - batchBegin);
      const isLast = seen + item.labels.length === batchEnd;
      learningRate = state.schedule.rate(state.updates);
      const part = await trainBatch(item, options, (gradients) => {
        gradientSum.add(gradients, share);
        if (isLast) gradientSum.spend((sums) => state.updater.apply(sums, learningRate));
      });
      checkFinite(part.loss, `loss of batch ${batch}`, stage.name, epoch, learningRate);
      seen += item.labels.length;
      lossSum += part.loss * item.labels.length;
      correct += part.correct;
      batchLoss += part.loss * share;
      if (!isLast) continue;
      state.updates++;
      onBatch?.({ stage: stage.name, epoch, batch, batches: Math.ceil(size / batchSize), loss: batchLoss, learningRate });
      batch++;
      batchLoss = 0;
    }
  } finally {
    gradientSum.dispose();
  }
  return { loss: lossSum / seen, accuracy: correct / seen, learningRate };
}
