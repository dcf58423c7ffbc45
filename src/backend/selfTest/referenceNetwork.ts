import {
  batchNorm,
  convolution,
  denseLayer,
  depthwiseConvolution,
  globalAverage,
  maxPool,
  relu,
  softmaxGradient,
  sum,
  type PlainTensor,
} from './plainOperations.js';

/*
 * A small network on which backends are tried, and what it gives, computed in plain loops of doubles. It has the
 * operations of the library's networks: strided, padded and pointwise convolutions, a depthwise one, a normalization by
 * the batch, rectifiers, max pooling, a residual sum, global pooling, a dense layer and softmax cross-entropy. Its
 * sides and channels are odd, for wrong drivers stumble over what does not fill a vector or a tile, and its maps take
 * more than one workgroup.
 */

const shapes = {
  images: [3, 33, 31, 3],
  strided: [3, 3, 3, 13],
  gamma: [13],
  beta: [13],
  shortcut: [1, 1, 13, 37],
  depthwise: [3, 3, 13, 1],
  pointwise: [1, 1, 13, 37],
  valid: [3, 3, 37, 19],
  dense: [19, 3],
  bias: [3],
} as const;

/** What the test network reads: its images and its weights. */
export type NetworkInput = keyof typeof shapes;
export const inputNames = Object.keys(shapes) as readonly NetworkInput[];

export const labels: readonly number[] = [2, 0, 1];
export const epsilon = 1e-3;

/** Numbers that no symmetry makes vanish, about as large as trained weights, exact in float32. */
export function inputValues(name: NetworkInput): PlainTensor {
  const shape: readonly number[] = shapes[name];
  const phase = inputNames.indexOf(name);
  const size = shape.reduce((product, side) => product * side, 1);
  const incoming = shape.length > 1 && name !== 'images' ? size / shape.at(name === 'depthwise' ? -2 : -1)! : 1;
  const scale = name === 'gamma' || name === 'beta' || name === 'bias' ? 0.3 : Math.sqrt(2 / incoming);
  // Below 0, so that some windows of the pooling hold nothing above it.
  const offset = name === 'gamma' ? 1 : name === 'beta' ? -0.8 : 0;
  const data = Float32Array.from(
    { length: size },
    (_, i) => offset + scale * (Math.sin(0.7 * i + phase) + 0.4 * Math.cos(2.3 * i - phase)),
  );
  return { shape, data };
}

/** The network's last feature maps, its outputs before the softmax, and the gradients of its loss. */
export interface NetworkResult {
  readonly maps: PlainTensor;
  readonly logits: PlainTensor;
  readonly gradients: Readonly<Record<NetworkInput, PlainTensor>>;
}

/** What the network gives, in doubles. */
export function referenceResult(): NetworkResult {
  const given = Object.fromEntries(inputNames.map((name) => [name, inputValues(name)])) as unknown as Record<
    NetworkInput,
    PlainTensor
  >;

  const strided = convolution(given.images, given.strided, 2, 'same');
  const normalized = batchNorm(strided.value, given.gamma, given.beta, epsilon);
  const first = relu(normalized.value);
  const pooled = maxPool(normalized.value);
  const shortcut = convolution(first.value, given.shortcut, 2, 'same');
  const depthwise = depthwiseConvolution(pooled.value, given.depthwise);
  const pointwise = convolution(depthwise.value, given.pointwise, 1, 'valid');
  const valid = convolution(sum(pointwise.value, shortcut.value), given.valid, 1, 'valid');
  const second = relu(valid.value);
  const averaged = globalAverage(second.value);
  const dense = denseLayer(averaged.value, given.dense, given.bias);

  const [dAveraged, dDense, dBias] = dense.back(softmaxGradient(dense.value, labels));
  const [dSum, dValid] = valid.back(second.back(averaged.back(dAveraged)));
  const [dDepthwise, dPointwise] = pointwise.back(dSum);
  const [dPooled, dDepthwiseFilter] = depthwise.back(dDepthwise);
  const [dFirst, dShortcut] = shortcut.back(dSum);
  const [dStrided, dGamma, dBeta] = normalized.back(sum(first.back(dFirst), pooled.back(dPooled)));
  const [dImages, dStridedFilter] = strided.back(dStrided);
  return {
    maps: second.value,
    logits: dense.value,
    gradients: {
      images: dImages,
      strided: dStridedFilter,
      gamma: dGamma,
      beta: dBeta,
      shortcut: dShortcut,
      depthwise: dDepthwiseFilter,
      pointwise: dPointwise,
      valid: dValid,
      dense: dDense,
      bias: dBias,
    },
  };
}
