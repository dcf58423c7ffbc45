import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { channelSums } from '../../backend/index.js';
import { layerWeight } from '../../network/index.js';
import type { Notes, Operation } from './operation.js';
import { type BatchStatistics, batchNormalizationGradients, normalize, normalizeByBatch } from './batchStatistics.js';

/** The weights and settings of a batch normalization layer; its axis is the last one. */
export interface BatchNorm {
  readonly gamma: tf.Variable | undefined;
  readonly beta: tf.Variable | undefined;
  readonly movingMean: tfl.LayerVariable;
  readonly movingVariance: tfl.LayerVariable;
  readonly momentum: number;
  readonly epsilon: number;
  /** Those of gamma and beta that a stage trains. */
  readonly trained: readonly tf.Variable[];
}

export function batchNormOf(layer: tfl.layers.Layer, isTrained: boolean): BatchNorm {
  const { momentum, epsilon } = layer.getConfig() as { momentum: number; epsilon: number };
  const gamma = layerWeight(layer, 'gamma')?.read() as tf.Variable | undefined;
  const beta = layerWeight(layer, 'beta')?.read() as tf.Variable | undefined;
  return {
    gamma,
    beta,
    movingMean: layerWeight(layer, 'moving_mean')!,
    movingVariance: layerWeight(layer, 'moving_variance')!,
    momentum,
    epsilon,
    trained: isTrained ? [gamma, beta].filter((weight) => weight !== undefined) : [],
  };
}

/** What a frozen batch norm does by channel. */
export interface FrozenNorm {
  /** 1 / √(moving variance + epsilon). */
  readonly inverseDeviation: tf.Tensor;
  /** That times gamma: what it multiplies by. */
  readonly scale: tf.Tensor;
  /** What it adds. */
  readonly shift: tf.Tensor;
}

/** @param bias added before it, whose part of the shift it makes too. */
export function frozenNorm(
  { gamma, beta, movingMean, movingVariance, epsilon }: BatchNorm,
  bias?: tf.Tensor,
): FrozenNorm {
  const inverseDeviation = tf.rsqrt(tf.add(movingVariance.read(), epsilon));
  const scale = gamma ? tf.mul(inverseDeviation, gamma) : inverseDeviation;
  return { inverseDeviation, scale, shift: tf.add(tf.mul(tf.sub(bias ?? 0, movingMean.read()), scale), beta ?? 0) };
}

/**
 * A batch normalization that uses its moving statistics and keeps them: one multiplication and one addition, with
 * gradients for x, and for gamma and beta where they are trained.
 */
export function frozenBatchNormOperation(norm: BatchNorm, inputs: readonly number[], output: number): Operation {
  const { gamma, beta, movingMean, trained } = norm;
  return {
    inputs,
    output,
    isCostly: false,
    reads: { inputs: gamma !== undefined && trained.includes(gamma), output: false },
    variables: trained,
    forward([x]) {
      const { scale, shift } = frozenNorm(norm);
      return tf.add(tf.mul(x!, scale), shift);
    },
    backward({ dy, inputs: [x], wanted: [wantsInput] }) {
      const { inverseDeviation, scale } = frozenNorm(norm);
      const variables = new Map<tf.Variable, tf.Tensor>();
      if (gamma && trained.includes(gamma)) {
        const centred = tf.sub(x!, movingMean.read());
        variables.set(gamma, tf.mul(channelSums(tf.mul(dy, centred)), inverseDeviation));
      }
      if (beta && trained.includes(beta)) variables.set(beta, channelSums(dy));
      return { inputs: [wantsInput ? tf.mul(dy, scale) : undefined], variables };
    },
  };
}

/**
 * A batch normalization that normalizes by the statistics of its batch and moves its own towards them (Ioffe and
 * Szegedy, 2015). As Keras does, the moving variance follows the variance over the batch, not an unbiased estimate.
 */
export function trainedBatchNormOperation(norm: BatchNorm, inputs: readonly number[], output: number): Operation {
  const { gamma, beta, movingMean, movingVariance, momentum, trained } = norm;
  return {
    inputs,
    output,
    isCostly: false,
    reads: { inputs: true, output: false },
    variables: trained,
    forward([x], notes) {
      const known = statisticsOf(notes);
      if (known) return normalize(x!, known, norm);
      const { output: normalized, mean, variance, reserves } = normalizeByBatch(x!, norm);
      notes.keep('mean', mean);
      notes.keep('variance', variance);
      reserves.forEach((reserve, index) => notes.keep(`reserve ${index}`, reserve));
      moveTowards(movingMean, mean, momentum);
      moveTowards(movingVariance, variance, momentum);
      return normalized;
    },
    backward({ dy, inputs: [x], notes }) {
      const gradients = batchNormalizationGradients(dy, x!, statisticsOf(notes)!, norm);
      const variables = new Map<tf.Variable, tf.Tensor>();
      if (gamma && trained.includes(gamma)) variables.set(gamma, gradients.gamma);
      if (beta && trained.includes(beta)) variables.set(beta, gradients.beta);
      return { inputs: [gradients.x], variables };
    },
  };
}

function statisticsOf(notes: Notes): BatchStatistics | undefined {
  const mean = notes.get('mean') as tf.Tensor1D | undefined;
  const variance = notes.get('variance') as tf.Tensor1D | undefined;
  const reserves = [0, 1, 2].map((index) => notes.get(`reserve ${index}`)).filter((reserve) => reserve !== undefined);
  return mean && variance && { mean, variance, reserves };
}

function moveTowards(moving: tfl.LayerVariable, value: tf.Tensor, momentum: number): void {
  tf.tidy(() => {
    moving.write(tf.add(tf.mul(moving.read(), momentum), tf.mul(value, 1 - momentum)));
  });
}
