import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { channelSums } from '../../backend/index.js';
import { layerWeight } from '../layerWeight.js';
import type { Operation } from './operation.js';

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
    movingMean: layerWeight(layer, 'moving_mean') as tfl.LayerVariable,
    movingVariance: layerWeight(layer, 'moving_variance') as tfl.LayerVariable,
    momentum,
    epsilon,
    trained: isTrained ? [gamma, beta].filter((weight) => weight !== undefined) : [],
  };
}

/** 1 / √(moving variance + epsilon), and that times gamma: what a frozen batch norm multiplies by. */
export function frozenScale({ gamma, movingVariance, epsilon }: BatchNorm): { inverseDeviation: tf.Tensor; scale: tf.Tensor } {
  const inverseDeviation = tf.rsqrt(tf.add(movingVariance.read(), epsilon));
  return { inverseDeviation, scale: gamma ? tf.mul(inverseDeviation, gamma) : inverseDeviation };
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
      const { scale } = frozenScale(norm);
      return tf.add(tf.mul(x as tf.Tensor, scale), tf.sub(beta ?? 0, tf.mul(movingMean.read(), scale)));
    },
    backward({ dy, inputs: [x], wanted: [wantsInput] }) {
      const { inverseDeviation, scale } = frozenScale(norm);
      const variables = new Map<tf.Variable, tf.Tensor>();
      if (gamma && trained.includes(gamma)) {
        const centred = tf.sub(x as tf.Tensor, movingMean.read());
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
  const { gamma, beta, movingMean, movingVariance, momentum, epsilon, trained } = norm;
  return {
    inputs,
    output,
    isCostly: false,
    reads: { inputs: true, output: false },
    variables: trained,
    forward([input], notes) {
      const x = input as tf.Tensor;
      const count = x.size / (x.shape.at(-1) as number);
      const mean = notes.once('mean', () => {
        const ofBatch = tf.div(channelSums(x), count);
        moveTowards(movingMean, ofBatch, momentum);
        return ofBatch;
      });
      const variance = notes.once('variance', () => {
        const ofBatch = tf.div(channelSums(tf.squaredDifference(x, mean)), count);
        moveTowards(movingVariance, ofBatch, momentum);
        return ofBatch;
      });
      const inverseDeviation = notes.once('inverse deviation', () => tf.rsqrt(tf.add(variance, epsilon)));
      const scaled = tf.mul(tf.sub(x, mean), gamma ? tf.mul(inverseDeviation, gamma) : inverseDeviation);
      return beta ? tf.add(scaled, beta) : scaled;
    },
    backward({ dy, inputs: [x], wanted: [wantsInput], notes }) {
      const noted = (name: string) => notes.once(name, missing);
      const centred = tf.sub(x as tf.Tensor, noted('mean'));
      const inverseDeviation = noted('inverse deviation');
      const ofBeta = channelSums(dy);
      const ofGamma = tf.mul(channelSums(tf.mul(dy, centred)), inverseDeviation);
      const variables = new Map<tf.Variable, tf.Tensor>();
      if (gamma && trained.includes(gamma)) variables.set(gamma, ofGamma);
      if (beta && trained.includes(beta)) variables.set(beta, ofBeta);
      if (!wantsInput) return { inputs: [undefined], variables };

      // dx = scale · (dy − mean of dy − x̂ · mean of dy·x̂), with what is the same for a channel worked out first.
      const count = dy.size / (dy.shape.at(-1) as number);
      const scale = gamma ? tf.mul(inverseDeviation, gamma) : inverseDeviation;
      const slope = tf.neg(tf.mul(scale, tf.mul(inverseDeviation, tf.div(ofGamma, count))));
      const offset = tf.neg(tf.mul(scale, tf.div(ofBeta, count)));
      return { inputs: [tf.add(tf.mul(dy, scale), tf.add(tf.mul(centred, slope), offset))], variables };
    },
  };
}

function missing(): never {
  throw new Error('A batch norm went back before it went forward.');
}

function moveTowards(moving: tfl.LayerVariable, value: tf.Tensor, momentum: number): void {
  tf.tidy(() => {
    moving.write(tf.add(tf.mul(moving.read(), momentum), tf.mul(value, 1 - momentum)));
  });
}
