import type * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { requireLiveBackend, requireLiveWeights } from '../backend/index.js';
import { classNames, labelIndices, requireDataset, sampleGroup, type Dataset } from '../dataset/index.js';
import { SpineError } from '../errors.js';
import { modelClasses } from '../models/index.js';
import { abortSignal, callback, optionsOf, record, wholeNumber, type Rules } from '../options.js';
import type { OnProgress } from '../progress.js';
import { inputShape, requireModel } from '../network/index.js';
import { modelOutputs } from './modelOutputs.js';
import { testTimeAugmentationOptions, withViews, type TestTimeAugmentationOptions } from './testTimeAugmentation.js';
import type { Predictions } from '../predictions/index.js';
import { ndarrayOf } from '../ndarray.js';

/** Options of {@link predictDataset}. */
export interface PredictDatasetOptions {
  /** Samples at a time. Default 16. */
  readonly batchSize?: number;
  /**
   * Gives the mean of the probabilities of each film and of randomly changed copies of it (test-time augmentation;
   * Krizhevsky, Sutskever and Hinton, 2012). Each film is then read 1 + `views` times. Default: the film alone.
   */
  readonly augment?: TestTimeAugmentationOptions;
  /** Ends the work; the promise rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
  /** Called after each batch, in samples: those with all their views. */
  readonly onProgress?: OnProgress;
}

/** The defaults of {@link PredictDatasetOptions}. */
export const predictDatasetDefaults = { batchSize: 16 } as const satisfies PredictDatasetOptions;

/** What everything that runs a model over a data set checks. */
export const passRules: Rules<Omit<PredictDatasetOptions, 'augment'>> = {
  batchSize: wholeNumber(1),
  signal: abortSignal,
  onProgress: callback,
};

export const predictDatasetOptions = optionsOf<PredictDatasetOptions, typeof predictDatasetDefaults>(
  'predictDataset',
  { ...passRules, augment: record(testTimeAugmentationOptions) },
  predictDatasetDefaults,
);

/**
 * The class probabilities of every sample (paper, step 8), beside its true class: the input of `metrics`. Samples must
 * be preprocessed to the model's input shape, with values in [0, 1]; those without a label get the truth −1.
 *
 * @throws SpineError `dataset-empty`; `invalid-argument` for impossible views, misspelt options or if `dataset` is not
 *   a data set; `model-invalid` if the model is not a classifier; `unknown-label`; `prediction-invalid` if the model
 *   gives NaN or no probabilities; `backend-not-registered`; `backend-lost`; what {@link batches} throws for a bad
 *   sample.
 */
export async function predictDataset(
  model: tfl.LayersModel,
  dataset: Dataset,
  options: PredictDatasetOptions = {},
): Promise<Predictions> {
  requireModel('predictDataset', model);
  requireDataset('The data set of predictDataset', dataset);
  const { batchSize, augment, signal, onProgress } = predictDatasetOptions.check(options);
  if (dataset.length === 0) throw new SpineError('dataset-empty', 'There is no sample to predict.');
  const shown = augment === undefined ? dataset : withViews(dataset, augment);
  requireLiveBackend();
  requireLiveWeights(model);
  const classes = modelClasses(model, classNames(dataset));
  const truth = labelIndices(dataset, classes);
  const views = shown.length / dataset.length;
  const sums = new Float64Array(dataset.length * classes.length);

  let row = 0;
  const output = modelOutputs(shown, (images) => model.predictOnBatch(images) as tf.Tensor, {
    batchSize,
    imageShape: inputShape(model),
    films: dataset.length,
    signal,
    onProgress,
  });
  for await (const { ids, values } of output) {
    checkProbabilities(values, classes.length, ids);
    values.forEach((value, at) => {
      const sample = Math.floor((row + Math.floor(at / classes.length)) / views);
      const sum = sample * classes.length + (at % classes.length);
      sums[sum] = sums[sum]! + value;
    });
    row += ids.length;
  }
  return {
    classes,
    ids: dataset.map(({ id }) => id),
    groups: dataset.map(sampleGroup),
    truth,
    probabilities: ndarrayOf(
      Float32Array.from(sums, (sum) => sum / views),
      [dataset.length, classes.length],
    ),
  };
}

/** Rows of a softmax sum to 1 up to rounding; anything else is not the output of a classifier. */
function checkProbabilities(rows: Float32Array, classes: number, ids: readonly string[]): void {
  ids.forEach((id, row) => {
    const sum = rows
      .subarray(row * classes, (row + 1) * classes)
      .reduce((total, value) => total + (value >= 0 ? value : NaN), 0);
    if (Math.abs(sum - 1) < 1e-3) return;
    const given = Array.from(rows.subarray(row * classes, (row + 1) * classes), (value) => value.toPrecision(3)).join(
      ', ',
    );
    throw new SpineError(
      'prediction-invalid',
      `For sample "${id}" the model gives [${given}], which are not probabilities: they must be 0 or more and sum to 1. End the model in a softmax; NaN means broken weights.`,
    );
  });
}
