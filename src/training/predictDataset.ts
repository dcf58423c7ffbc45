import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { currentBackend } from '../backend/index.js';
import { batches, classNames, labelIndices, sampleGroup, type Dataset, type Predictions } from '../dataset/index.js';
import { SpineError } from '../errors.js';
import { array } from '../image/index.js';
import { modelClasses } from '../models/index.js';
import type { OnProgress } from '../progress.js';
import { inputShape } from './inputShape.js';

/** Options of {@link predictDataset}. */
export interface PredictOptions {
  /** Samples at a time. Default 16. */
  readonly batchSize?: number;
  /** Ends the work; the promise rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
  /** Called after each batch, in samples. */
  readonly onProgress?: OnProgress;
}

/** The defaults of {@link PredictOptions}. */
export const predictDefaults = { batchSize: 16 } as const satisfies PredictOptions;

/**
 * The class probabilities of every sample (paper, step 8), beside its true class: the input of `metrics`. Samples must
 * be preprocessed to the model's input shape, with values in [0, 1]; those without a label get the truth −1.
 *
 * @throws SpineError `dataset-empty`; `model-invalid` if the model is no classifier; `unknown-label`;
 *   `prediction-invalid` if the model gives NaN or no probabilities; `backend-not-registered`; what {@link batches}
 *   throws for a bad sample.
 */
export async function predictDataset(model: tfl.LayersModel, dataset: Dataset, options: PredictOptions = {}): Promise<Predictions> {
  const { batchSize = predictDefaults.batchSize, signal, onProgress } = options;
  if (dataset.length === 0) throw new SpineError('dataset-empty', 'There is no sample to predict.');
  currentBackend();
  const classes = modelClasses(model, classNames(dataset));
  const truth = labelIndices(dataset, classes);
  const probabilities = new Float32Array(dataset.length * classes.length);

  let done = 0;
  for await (const { images, labels, ids } of batches(dataset, { batchSize, classes, imageShape: inputShape(model), ...(signal && { signal }) })) {
    const output = tf.tidy(() => model.predictOnBatch(tf.tensor4d(images.data, images.shape as [number, number, number, number])) as tf.Tensor2D);
    try {
      const rows = (await output.data()) as Float32Array;
      checkProbabilities(rows, classes.length, ids);
      probabilities.set(rows, done * classes.length);
    } finally {
      output.dispose();
    }
    done += labels.length;
    onProgress?.({ done, total: dataset.length });
  }
  return {
    classes,
    ids: dataset.map(({ id }) => id),
    groups: dataset.map(sampleGroup),
    truth,
    probabilities: array(probabilities, [dataset.length, classes.length]),
  };
}

/** Rows of a softmax sum to 1 up to rounding; anything else is no classifier's output. */
function checkProbabilities(rows: Float32Array, classes: number, ids: readonly string[]): void {
  ids.forEach((id, row) => {
    const sum = rows.subarray(row * classes, (row + 1) * classes).reduce((total, value) => total + (value >= 0 ? value : NaN), 0);
    if (Math.abs(sum - 1) < 1e-3) return;
    const given = Array.from(rows.subarray(row * classes, (row + 1) * classes), (value) => value.toPrecision(3)).join(', ');
    throw new SpineError('prediction-invalid', `For sample "${id}" the model gives [${given}], which are no probabilities: they must be 0 or more and sum to 1. End the model in a softmax; NaN means broken weights.`);
  });
}
