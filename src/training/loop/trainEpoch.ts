import type { Random } from '../../random.js';
import { disposing } from '../data/index.js';
import { GradientSum } from '../gradients/index.js';
import type { CheckedObjective, TargetedSource } from '../objective/index.js';
import type { StageOptimizer } from '../optimizer/index.js';
import type { Plan } from '../plan/index.js';
import { readCounts, takeStep } from './step.js';

/** A model on its way through a stage: what learns, from what, towards what, and what moves it. */
export interface Trainee {
  readonly plan: Plan;
  readonly objective: CheckedObjective;
  readonly source: TargetedSource;
  /** Samples an update. The source gives as many at a time, or parts of which a whole number make as many. */
  readonly batchSize: number;
  readonly optimizer: StageOptimizer;
  /** The learning rate of each update, counted from 0. */
  readonly rates: { rate(update: number): number };
  /** Of the stage: names the order of samples and the dropout masks, with the epoch. */
  readonly random: Random;
}

/** What one update came to. */
export interface Update {
  /** Mean loss of its samples before it. */
  readonly loss: number;
  /** The sum of each measure over its samples before it. */
  readonly measures: readonly number[];
  /** How many samples it had. */
  readonly size: number;
  readonly learningRate: number;
}

/**
 * One pass over the training samples: an update for each `batchSize` of them. The weights have moved when an update is
 * given.
 *
 * @param epoch from 1 within the stage.
 * @param readingEpoch what samples drawn anew in each epoch are read for.
 */
export async function* trainEpoch(
  { plan, objective, source, batchSize, optimizer, rates, random }: Trainee,
  epoch: number,
  readingEpoch: number,
): AsyncGenerator<Update, void, undefined> {
  const order = random.fork('order', epoch).shuffle([...Array(source.size).keys()]);
  const dropout = random.fork('dropout', epoch);
  const sum = new GradientSum();
  let done = 0;
  let update = noUpdate;
  try {
    for await (const batch of source.batches(order, readingEpoch)) {
      const wanted = Math.min(batchSize, order.length - done);
      const share = batch.size / wanted;
      const size = update.size + batch.size;
      const learningRate = rates.rate(optimizer.updates);
      // All is asked of the backend before anything is read back.
      const counts = await disposing(batch.values, () => {
        const { gradients, ...found } = takeStep(plan, objective, batch, dropout);
        sum.add(gradients, share);
        if (size === wanted) optimizer.apply(sum.take(), learningRate);
        return found;
      });
      update = withPart(update, await readCounts(counts), { share, size, learningRate });
      if (size < wanted) continue;
      yield update;
      done += size;
      update = noUpdate;
    }
  } finally {
    sum.dispose();
  }
}

const noUpdate: Update = { loss: 0, measures: [], size: 0, learningRate: 0 };

/** An update with one part more of its samples, whose mean loss counts by its share. */
function withPart(
  update: Update,
  { loss, measures }: { readonly loss: number; readonly measures: readonly number[] },
  { share, size, learningRate }: { readonly share: number; readonly size: number; readonly learningRate: number },
): Update {
  return {
    loss: update.loss + loss * share,
    measures: measures.map((measure, index) => (update.measures[index] ?? 0) + measure),
    size,
    learningRate,
  };
}
