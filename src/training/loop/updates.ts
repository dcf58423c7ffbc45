import type * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../random.js';
import { GradientSum } from '../gradients/index.js';
import type { ValueSource } from '../data/index.js';
import { trainBatch, type TrainBatchOptions } from './trainBatch.js';

export interface UpdatesOptions extends Omit<TrainBatchOptions, 'random'> {
  readonly trainSource: ValueSource;
  /** Samples an update. The source gives as many at a time, or parts of which a whole number make as many. */
  readonly batchSize: number;
  /** Of the stage. */
  readonly random: Random;
  /** Names the order of samples and the dropout masks: from 1 within the stage. */
  readonly epoch: number;
  /** What samples drawn anew in each epoch are read for. */
  readonly readingEpoch: number;
}

/** What one update came to. */
export interface Update {
  /** Mean loss of its samples before it. */
  readonly loss: number;
  /** How many of its samples were classified correctly before it. */
  readonly correct: number;
  /** How many samples it had. */
  readonly size: number;
}

/** One pass over the training samples: an update for each `batchSize` of them, whose gradients `apply` is given. */
export async function* updates(
  options: UpdatesOptions,
  apply: (gradients: readonly tf.Tensor[]) => void,
): AsyncGenerator<Update, void, undefined> {
  const { trainSource, batchSize, random, epoch, readingEpoch } = options;
  const order = random.fork('order', epoch).shuffle([...Array(trainSource.size).keys()]);
  const batchOptions = { ...options, random: random.fork('dropout', epoch) };
  const sum = new GradientSum();
  let done = 0;
  let update = { loss: 0, correct: 0, size: 0 };
  try {
    for await (const item of trainSource.batches(order, readingEpoch)) {
      const wanted = Math.min(batchSize, order.length - done);
      const share = item.labels.length / wanted;
      const size = update.size + item.labels.length;
      const { loss, correct } = await trainBatch(item, batchOptions, (gradients) => {
        if (share === 1) return apply(gradients);
        sum.add(gradients, share);
        if (size === wanted) sum.spend(apply);
      });
      update = { loss: update.loss + loss * share, correct: update.correct + correct, size };
      if (size < wanted) continue;
      yield update;
      done += size;
      update = { loss: 0, correct: 0, size: 0 };
    }
  } finally {
    sum.dispose();
  }
}
