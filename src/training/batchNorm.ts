import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { layerWeight } from './layerWeight.js';

/** How tfjs lets a custom gradient keep tensors of the forward pass. */
type SaveForGradient = (tensors: tf.Tensor[]) => void;

/** The weights and settings of a batch normalization layer; its axis is the last one. */
interface BatchNorm {
  readonly gamma: tf.Variable | undefined;
  readonly beta: tf.Variable | undefined;
  readonly movingMean: tfl.LayerVariable;
  readonly movingVariance: tfl.LayerVariable;
  readonly momentum: number;
  readonly epsilon: number;
}

/**
 * A batch normalization that uses its moving statistics and keeps them: one multiplication and one addition, with
 * gradients for x, and for gamma and beta where they are trained.
 */
export function frozenBatchNorm(layer: tfl.layers.Layer, x: tf.Tensor, trained: boolean): tf.Tensor {
  const { gamma, beta, movingMean, movingVariance, epsilon } = describe(layer);
  const mean = movingMean.read();
  const inverseDeviation = () => tf.rsqrt(tf.add(movingVariance.read(), epsilon));
  const scaleOf = () => (gamma ? tf.mul(inverseDeviation(), gamma) : inverseDeviation());

  const normalize = (input: tf.Tensor) => {
    const scale = scaleOf();
    const shift = tf.sub(beta ?? 0, tf.mul(mean, scale));
    return tf.add(tf.mul(input, scale), shift);
  };
  if (!trained || !(gamma ?? beta)) {
    return tf.customGrad((input) => ({
      value: normalize(input as tf.Tensor),
      gradFunc: (dy: tf.Tensor) => tf.tidy(() => tf.mul(dy, scaleOf())),
    }))(x);
  }

  const trainedWeights = [gamma, beta].filter((weight) => weight !== undefined);
  return tf.customGrad((...inputs) => {
    const save = inputs.pop() as SaveForGradient;
    const [input] = inputs as [tf.Tensor];
    save([input]);
    return {
      value: normalize(input),
      // tfjs tidies up after kernels, not after a custom gradient.
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.tidy(() => {
          const [seen] = saved as [tf.Tensor];
          const axes = allButLast(dy);
          const sumOfGradients = tf.sum(dy, axes);
          const gradients = [tf.mul(dy, scaleOf())];
          if (gamma) {
            const product = tf.sum(tf.mul(dy, seen), axes);
            gradients.push(tf.mul(tf.sub(product, tf.mul(mean, sumOfGradients)), inverseDeviation()));
          }
          if (beta) gradients.push(sumOfGradients);
          return gradients;
        }),
    };
  })(x, ...trainedWeights);
}

/**
 * A batch normalization that normalizes by the statistics of its batch and moves its own towards them (Ioffe and
 * Szegedy, 2015). As Keras does, the moving variance follows the variance over the batch, not an unbiased estimate.
 */
export function trainedBatchNorm(layer: tfl.layers.Layer, x: tf.Tensor): tf.Tensor {
  const { gamma, beta, movingMean, movingVariance, momentum, epsilon } = describe(layer);
  const weights = [gamma, beta].filter((weight) => weight !== undefined);
  const axes = allButLast(x);

  // The statistics enter the gradient below as functions of x, so they are not themselves on the tape.
  const { mean, variance } = tf.tidy(() => {
    const batchMean = tf.mean(x, axes);
    return { mean: batchMean, variance: tf.mean(tf.squaredDifference(x, batchMean), axes) };
  });
  moveTowards(movingMean, mean, momentum);
  moveTowards(movingVariance, variance, momentum);

  return tf.customGrad((...inputs) => {
    const save = inputs.pop() as SaveForGradient;
    const [input] = inputs as [tf.Tensor];
    const inverse = tf.rsqrt(tf.add(variance, epsilon));
    const normalized = tf.mul(tf.sub(input, mean), inverse);
    save([normalized, inverse]);
    const scaled = gamma ? tf.mul(normalized, gamma) : normalized;
    return {
      value: beta ? tf.add(scaled, beta) : tf.add(scaled, 0),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) =>
        tf.tidy(() => {
          const [seen, deviation] = saved as [tf.Tensor, tf.Tensor];
          const count = dy.size / (dy.shape.at(-1) as number);
          const sumOfGradients = tf.sum(dy, axes);
          const product = tf.sum(tf.mul(dy, seen), axes);
          const centred = tf.sub(dy, tf.add(tf.div(sumOfGradients, count), tf.mul(seen, tf.div(product, count))));
          const gradients = [tf.mul(centred, gamma ? tf.mul(deviation, gamma) : deviation)];
          if (gamma) gradients.push(product);
          if (beta) gradients.push(sumOfGradients);
          return gradients;
        }),
    };
  })(x, ...weights);
}

function moveTowards(moving: tfl.LayerVariable, value: tf.Tensor, momentum: number): void {
  tf.tidy(() => {
    const current = moving.read();
    moving.write(tf.add(tf.mul(current, momentum), tf.mul(value, 1 - momentum)));
  });
}

function describe(layer: tfl.layers.Layer): BatchNorm {
  const { momentum, epsilon } = layer.getConfig() as { momentum: number; epsilon: number };
  return {
    gamma: layerWeight(layer, 'gamma')?.read() as tf.Variable | undefined,
    beta: layerWeight(layer, 'beta')?.read() as tf.Variable | undefined,
    movingMean: layerWeight(layer, 'moving_mean') as tfl.LayerVariable,
    movingVariance: layerWeight(layer, 'moving_variance') as tfl.LayerVariable,
    momentum,
    epsilon,
  };
}

function allButLast(x: tf.Tensor): number[] {
  return Array.from({ length: x.rank - 1 }, (_, axis) => axis);
}
