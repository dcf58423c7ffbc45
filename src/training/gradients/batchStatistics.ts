import * as tf from '@tensorflow/tfjs-core';
import { channelSums, tensorflowOperation } from '../../backend/index.js';

/** What a normalization by the batch leaves for its backward pass. */
export interface BatchStatistics {
  readonly mean: tf.Tensor1D;
  /** Over the batch: divided by the count, not by one less. */
  readonly variance: tf.Tensor1D;
  /** What TensorFlow's own operation wants back; on a GPU, not the two above. Empty where it is not used. */
  readonly reserves: readonly tf.Tensor[];
}

/** Scale and centre of a normalization, by channel; 1 and 0 where undefined. */
export interface Affine {
  readonly gamma: tf.Tensor | undefined;
  readonly beta: tf.Tensor | undefined;
  readonly epsilon: number;
}

const countOf = (x: tf.Tensor): number => x.size / x.shape.at(-1)!;

/** x normalized by the statistics of its own channels, and those statistics. */
export function normalizeByBatch(x: tf.Tensor, affine: Affine): { output: tf.Tensor } & BatchStatistics {
  const fused = x.rank === 4 ? fusedForward(x, affine) : undefined;
  if (fused) return fused;
  const mean: tf.Tensor1D = tf.div(channelSums(x), countOf(x));
  const variance: tf.Tensor1D = tf.div(channelSums(tf.squaredDifference(x, mean)), countOf(x));
  return { output: normalize(x, { mean, variance }, affine), mean, variance, reserves: [] };
}

/** x normalized by given statistics. */
export function normalize(
  x: tf.Tensor,
  { mean, variance }: Omit<BatchStatistics, 'reserves'>,
  { gamma, beta, epsilon }: Affine,
): tf.Tensor {
  // One pass on tensorflow; elsewhere several passes of simple operations are the faster.
  if (tf.getBackend() === 'tensorflow' && x.rank === 4)
    return tf.batchNorm(
      x as tf.Tensor4D,
      mean,
      variance,
      beta as tf.Tensor1D | undefined,
      gamma as tf.Tensor1D | undefined,
      epsilon,
    );
  const inverseDeviation = tf.rsqrt(tf.add(variance, epsilon));
  const scaled = tf.mul(tf.sub(x, mean), gamma ? tf.mul(inverseDeviation, gamma) : inverseDeviation);
  return beta ? tf.add(scaled, beta) : scaled;
}

export interface NormalizationGradients {
  readonly x: tf.Tensor;
  readonly gamma: tf.Tensor;
  readonly beta: tf.Tensor;
}

/** The gradients of {@link normalizeByBatch} (Ioffe and Szegedy, 2015). */
export function batchNormalizationGradients(
  dy: tf.Tensor,
  x: tf.Tensor,
  { mean, variance, reserves }: BatchStatistics,
  { gamma, epsilon }: Affine,
): NormalizationGradients {
  const fused = reserves.length > 0 ? fusedBackward(dy, x, reserves, gamma, epsilon) : undefined;
  if (fused) return fused;
  const inverseDeviation = tf.rsqrt(tf.add(variance, epsilon));
  const centred = tf.sub(x, mean);
  const ofBeta = channelSums(dy);
  const ofGamma = tf.mul(channelSums(tf.mul(dy, centred)), inverseDeviation);
  // dx = scale · (dy − mean of dy − x̂ · mean of dy·x̂), with what is the same for a channel worked out first.
  const scale = gamma ? tf.mul(inverseDeviation, gamma) : inverseDeviation;
  const slope = tf.neg(tf.mul(scale, tf.mul(inverseDeviation, tf.div(ofGamma, countOf(dy)))));
  const offset = tf.neg(tf.mul(scale, tf.div(ofBeta, countOf(dy))));
  return { x: tf.add(tf.mul(dy, scale), tf.add(tf.mul(centred, slope), offset)), gamma: ofGamma, beta: ofBeta };
}

function fusedForward(
  x: tf.Tensor,
  { gamma, beta, epsilon }: Affine,
): ({ output: tf.Tensor } & BatchStatistics) | undefined {
  const channels = x.shape.at(-1)!;
  const empty = tf.tensor1d([]);
  const results = tensorflowOperation(
    'FusedBatchNormV3',
    [x, gamma ?? tf.ones([channels]), beta ?? tf.zeros([channels]), empty, empty],
    6,
    { is_training: true, epsilon },
  );
  if (!results) return undefined;
  const [output, mean, unbiased, ...reserves] = results as [tf.Tensor, tf.Tensor1D, tf.Tensor1D, ...tf.Tensor[]];
  const count = countOf(x);
  return { output, mean, variance: tf.mul(unbiased, (count - 1) / count), reserves };
}

function fusedBackward(
  dy: tf.Tensor,
  x: tf.Tensor,
  reserves: readonly tf.Tensor[],
  gamma: tf.Tensor | undefined,
  epsilon: number,
): NormalizationGradients | undefined {
  const scale = gamma ?? tf.ones([x.shape.at(-1)!]);
  const results = tensorflowOperation('FusedBatchNormGradV3', [dy, x, scale, ...reserves], 5, {
    is_training: true,
    epsilon,
  });
  if (!results) return undefined;
  const [ofX, ofGamma, ofBeta] = results as [tf.Tensor, tf.Tensor, tf.Tensor];
  return { x: ofX, gamma: ofGamma, beta: ofBeta };
}
