import * as tf from '@tensorflow/tfjs-core';
import { disposing } from '../data/index.js';
import type { CheckedObjective, TargetedSource } from '../objective/index.js';
import { inferOutputs, type Plan } from '../plan/index.js';
import { lossesOf, readCounts, sumMeasures, type Counts } from './step.js';

/** The mean loss and the mean of each measure over all samples, as in prediction; NaN of no samples. */
export async function validate(
  plan: Plan,
  objective: CheckedObjective,
  source: TargetedSource,
): Promise<{ loss: number; measures: readonly number[] }> {
  const order = [...Array(source.size).keys()];
  let lossSum = 0;
  let sums = Object.keys(objective.measures).map(() => 0);
  for await (const { values, targets: rows, targetShape } of source.batches(order, 0)) {
    const counts = await disposing(values, (): Counts => {
      const outputs = inferOutputs(plan, values);
      const targets = tf.tensor(rows, [...targetShape]);
      return {
        loss: tf.sum(lossesOf(objective, outputs, targets)),
        measures: sumMeasures(objective, outputs, targets),
      };
    });
    const { loss, measures } = await readCounts(counts);
    lossSum += loss;
    sums = sums.map((sum, index) => sum + measures[index]!);
  }
  return { loss: lossSum / order.length, measures: sums.map((sum) => sum / order.length) };
}
