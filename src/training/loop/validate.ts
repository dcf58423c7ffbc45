import * as tf from '@tensorflow/tfjs-core';
import { onLiveBackend } from '../../backend/index.js';
import { inferLogits } from '../../network/index.js';
import type { Plan } from '../stage/index.js';
import { disposing, type ValueSource } from '../data/index.js';
import { countCorrect, crossEntropy } from '../objective/index.js';

/** The mean cross-entropy over all samples and the fraction classified correctly, as in prediction; NaN of no samples. */
export async function validate(plan: Plan, source: ValueSource): Promise<{ loss: number; accuracy: number }> {
  const order = [...Array(source.size).keys()];
  let lossSum = 0;
  let correct = 0;
  for await (const { values, labels } of source.batches(order, 0)) {
    const [losses, hits] = await disposing(values, (): [tf.Tensor, tf.Tensor] => {
      const logits = inferLogits(plan.suffix, values);
      return [tf.sum(crossEntropy(logits, labels)), countCorrect(logits, labels)];
    });
    try {
      // On a backend that was lost they would read as zeros: the best loss of all.
      const [loss, hit] = await onLiveBackend(() => Promise.all([losses.data(), hits.data()]));
      lossSum += loss[0]!;
      correct += hit[0]!;
    } finally {
      tf.dispose([losses, hits]);
    }
  }
  return { loss: lossSum / order.length, accuracy: correct / order.length };
}
