import * as tf from '@tensorflow/tfjs-core';
import { onLiveBackend } from '../../backend/index.js';
import type { Random } from '../../random.js';
import type { Graph } from '../../network/index.js';
import { countCorrect, lossTargets, mainLabels, targetCrossEntropy } from '../objective/index.js';
import { lossGradients } from '../gradients/index.js';
import type { Plan } from '../stage/index.js';
import { disposing, type ValueBatch } from '../data/index.js';

export interface TrainBatchOptions {
  readonly graph: Graph;
  readonly plan: Plan;
  /** Weight of each class in the loss. */
  readonly weights: Float32Array;
  readonly labelSmoothing: number;
  /** Where dropout masks come from. */
  readonly random: Random;
}

/**
 * The mean loss of samples, and how many of them are classified correctly. Disposes the values, and the gradients once
 * `use` is done with them.
 *
 * @throws SpineError `backend-lost` if the backend is lost meanwhile.
 */
export async function trainBatch(
  { values, ...samples }: ValueBatch,
  { graph, plan, weights, labelSmoothing, random }: TrainBatchOptions,
  use: (gradients: readonly tf.Tensor[]) => void,
): Promise<{ loss: number; correct: number }> {
  const hits: tf.Scalar[] = [];
  const lossOf = (logits: tf.Tensor): tf.Scalar => {
    hits.push(tf.keep(countCorrect(logits, mainLabels(samples))));
    const targets = tf.tensor2d(lossTargets(samples, weights, labelSmoothing), [samples.labels.length, weights.length]);
    return tf.mean(targetCrossEntropy(logits, targets));
  };
  let loss: tf.Tensor | undefined;
  try {
    [loss] = await disposing(values, (): [tf.Tensor] => {
      const { loss: value, gradients } = lossGradients(values, graph.output, { plan, random }, lossOf);
      use(gradients);
      return [value];
    });
    const scalars = [loss, ...hits];
    const [lossValue, correct] = await onLiveBackend(() =>
      Promise.all(scalars.map(async (scalar) => (await scalar.data())[0]!)),
    );
    return { loss: lossValue!, correct: correct! };
  } finally {
    loss?.dispose();
    tf.dispose(hits);
  }
}
