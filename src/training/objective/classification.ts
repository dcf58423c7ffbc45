import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { classNames, labelIndices, type Dataset } from '../../dataset/index.js';
import { SpineError } from '../../errors.js';
import { modelClasses, rememberClasses } from '../../models/index.js';
import { readGraph, type Graph } from '../../network/index.js';
import { optionsOf } from '../../options.js';
import { classWeightRule, classWeights, type ClassWeight } from './classWeight.js';
import type { Objective } from './objective.js';

/** Options of {@link classification}. */
export interface ClassificationOptions {
  /** How much each class counts in the training loss. Default: every sample alike. */
  readonly classWeight?: ClassWeight;
}

export const classificationOptions = optionsOf<ClassificationOptions>('classification', {
  classWeight: classWeightRule,
});

/**
 * Trains for the class of a sample, its label, by the cross-entropy; counts how many are classified correctly. This is
 * what `fineTune` does where no other objective is given. Class order is the model's own, or that of the sorted labels;
 * the model remembers it.
 *
 * @throws SpineError `invalid-argument`. When it is prepared: `model-invalid` if the model gives no probabilities of
 *   classes, `label-missing`, `unknown-label`.
 */
export function classification(options: ClassificationOptions = {}): Objective<'accuracy'> {
  const { classWeight } = classificationOptions.check(options);
  return {
    name: 'classification',
    prepare(model, { train, validation }) {
      const classes = modelClasses(model, classNames(train));
      const labels = checkLabels(train, classes, 'train');
      checkLabels(validation, classes, 'validation');
      const weights = classWeights(classWeight, classes, labels);
      checkSoftmax(readGraph(model), model);
      const indices = new Map(classes.map((name, index) => [name, index]));
      return {
        takes: 'logits',
        // What is true, and below it what the log-probabilities are weighted by in the loss.
        targetShape: [2, classes.length],
        smoothsLabels: true,
        targetOf({ label }, { stage }) {
          const index = indices.get(label!)!;
          const truth = classes.map((_, other) => Number(other === index));
          return [...truth, ...(stage ? weightedTarget(index, weights, stage.labelSmoothing) : truth)];
        },
        loss: (logits, targets) => crossEntropy(logits, rowOf(targets, 1)),
        measures: { accuracy: (logits, targets) => areCorrect(logits, rowOf(targets, 0)) },
        identity: { classes, classWeight },
        // Which output stands for which class must outlive the training: a data set to predict may lack a class.
        begin: () => rememberClasses(model, classes),
      };
    },
  };
}

/** [n, 2, k] → [n, k]. */
function rowOf(targets: tf.Tensor, row: 0 | 1): tf.Tensor {
  const [samples, , classes] = targets.shape as [number, number, number];
  return tf.reshape(tf.slice(targets, [0, row, 0], [samples, 1, classes]), [samples, classes]);
}

/**
 * What a sample's log-probabilities are weighted by in the training loss, [k]: its class, smoothed as Keras does,
 * y · (1 − smoothing) + smoothing / k, times the class's weight.
 */
export function weightedTarget(label: number, weights: Float32Array, smoothing = 0): number[] {
  return Array.from(
    weights,
    (_, index) => weights[label]! * (Number(index === label) * (1 - smoothing) + smoothing / weights.length),
  );
}

/** Minus the sum of log-probabilities, weighted by `targets` [n, k], of each sample, [n], from logits [n, k]. */
export function crossEntropy(logits: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.neg(tf.sum(tf.mul(targets, tf.logSoftmax(logits)), 1)));
}

/** 1 for each sample that has its largest score where its target is largest, 0 for the others. */
export function areCorrect(scores: tf.Tensor, targets: tf.Tensor): tf.Tensor {
  return tf.tidy(() => tf.cast(tf.equal(tf.argMax(scores, 1), tf.argMax(targets, 1)), 'float32'));
}

/** Training runs on what goes into the softmax, so there must be one, over the classes. */
function checkSoftmax({ steps, output }: Graph, model: tfl.LayersModel): void {
  const last = steps.at(-1);
  if (last?.output === output && isSoftmax(last.layer)) {
    if (last.outputShape.length === 2) return;
    throw new SpineError(
      'model-invalid',
      `A classifier gives one row of probabilities for an image; "${model.name}" gives ${JSON.stringify(last.outputShape.slice(1))}. Pool its maps before the last layer.`,
    );
  }
  throw new SpineError(
    'model-invalid',
    `A classifier ends in a softmax; "${model.name}" ends in "${last?.layer.name ?? 'its input'}". Give its last layer the activation 'softmax'.`,
  );
}

function isSoftmax(layer: tfl.layers.Layer): boolean {
  const kind = layer.getClassName();
  const { axis = -1 } = layer.getConfig() as { axis?: number };
  return (
    (kind === 'Softmax' && (axis === -1 || axis === 1)) ||
    ((kind === 'Dense' || kind === 'Activation') && layer.getConfig()['activation'] === 'softmax')
  );
}

function checkLabels(dataset: Dataset, classes: readonly string[], part: 'train' | 'validation'): Int32Array {
  const labels = labelIndices(dataset, classes);
  const unlabelled = dataset.find((_, index) => labels[index] === -1);
  if (unlabelled)
    throw new SpineError(
      'label-missing',
      `Sample "${unlabelled.id}" of the ${part} set has no label; training needs one for each sample.`,
    );
  return labels;
}
