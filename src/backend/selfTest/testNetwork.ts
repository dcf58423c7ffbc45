import * as tf from '@tensorflow/tfjs-core';
import type { PlainTensor } from './plainOperations.js';
import { freeingTape, type BackendWork } from '../kernels/index.js';
import {
  referenceResult,
  epsilon,
  inputNames,
  labels,
  inputValues,
  type NetworkInput,
  type NetworkResult,
} from './referenceNetwork.js';

/** How far a backend's results are from the reference. */
export interface SelfTestErrors {
  /** Largest relative error of a result, in the Euclidean norm; infinite where a number is missing or none. */
  readonly worst: number;
  /** What it is of, as the end of a sentence. */
  readonly of: string;
  /** Whether the backend keeps numbers as float32 does: half precision rounds 1 + 2⁻²⁰ to 1. */
  readonly isFloat32: boolean;
}

type Inputs = Readonly<Record<NetworkInput, tf.Tensor>>;

/**
 * How the network normalizes and convolves: as layers do in prediction, or in operations that can be differentiated.
 */
interface Style {
  readonly normalize: (x: tf.Tensor4D, gamma: tf.Tensor1D, beta: tf.Tensor1D) => tf.Tensor4D;
  readonly convolveAndRectify: (x: tf.Tensor4D, filter: tf.Tensor4D) => tf.Tensor4D;
}

let reference: NetworkResult | undefined;

/** Runs the test network on the current backend, forward, and for training also back. Nothing of it stays there. */
export async function testNetwork(work: BackendWork): Promise<SelfTestErrors> {
  reference ??= referenceResult();
  const { maps, logits, gradients } = reference;
  const tensors = freeingTape(() =>
    tf.tidy(() => {
      const given = inputNames.map((name) => tensorOf(inputValues(name)));
      const fused = forward(byName(given), asInPrediction);
      const rounded = tf.sub(tf.add(tf.tensor1d([1]), tf.tensor1d([2 ** -20])), tf.tensor1d([1]));
      if (work === 'inference') return [rounded, ...fused];
      const loss = (...inputs: tf.Tensor[]) => crossEntropy(forward(byName(inputs), asInTraining)[1]);
      return [rounded, ...fused, ...tf.grads(loss)(given)];
    }),
  );
  try {
    const [rounded, ...results] = (await Promise.all(tensors.map((tensor) => tensor.data()))) as [
      Float32Array,
      ...Float32Array[],
    ];
    const expected = [
      { of: 'the feature maps', values: maps },
      { of: 'the outputs', values: logits },
      ...inputNames.map((name) => ({ of: `the gradient for "${name}"`, values: gradients[name] })),
    ];
    const errors = results.map((result, index) => {
      const { of, values } = expected[index]!;
      return { of, error: relativeError(result, values.data) };
    });
    const worst = errors.reduce((a, b) => (b.error > a.error ? b : a));
    return { worst: worst.error, of: worst.of, isFloat32: rounded[0] === 2 ** -20 };
  } finally {
    tf.dispose(tensors);
  }
}

const asInPrediction: Style = {
  normalize(x, gamma, beta) {
    const { mean, variance } = tf.moments(x, [0, 1, 2]);
    return tf.batchNorm(x, mean as tf.Tensor1D, variance as tf.Tensor1D, beta, gamma, epsilon);
  },
  convolveAndRectify: (x, filter) => tf.fused.conv2d({ x, filter, strides: 1, pad: 'valid', activation: 'relu' }),
};

const asInTraining: Style = {
  normalize(x, gamma, beta) {
    const centred = tf.sub(x, tf.mean(x, [0, 1, 2]));
    const variance = tf.mean(tf.square(centred), [0, 1, 2]);
    return tf.add(tf.mul(tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon))), gamma), beta);
  },
  convolveAndRectify: (x, filter) => tf.relu(tf.conv2d(x, filter, 1, 'valid')),
};

/** The network of `referenceResult`, in tfjs's operations: its last feature maps and its outputs. */
function forward(inputs: Inputs, { normalize, convolveAndRectify }: Style): [maps: tf.Tensor4D, logits: tf.Tensor2D] {
  const { images, strided, shortcut, depthwise, pointwise, valid } = inputs as Readonly<
    Record<NetworkInput, tf.Tensor4D>
  >;
  const normalized = normalize(
    tf.conv2d(images, strided, 2, 'same'),
    inputs.gamma as tf.Tensor1D,
    inputs.beta as tf.Tensor1D,
  );
  const first = tf.relu(normalized);
  const separable = tf.conv2d(
    tf.depthwiseConv2d(tf.maxPool(normalized, 3, 2, 'same'), depthwise, 1, 'same'),
    pointwise,
    1,
    'valid',
  );
  const second = convolveAndRectify(tf.add(separable, tf.conv2d(first, shortcut, 2, 'same')), valid);
  return [second, tf.add(tf.matMul(tf.mean(second, [1, 2]), inputs.dense as tf.Tensor2D), inputs.bias)];
}

function crossEntropy(logits: tf.Tensor2D): tf.Scalar {
  const truth = tf.oneHot(tf.tensor1d([...labels], 'int32'), logits.shape[1]);
  return tf.neg(tf.mean(tf.sum(tf.mul(tf.cast(truth, 'float32'), tf.logSoftmax(logits)), 1))) as tf.Scalar;
}

function byName(tensors: readonly tf.Tensor[]): Inputs {
  return Object.fromEntries(inputNames.map((name, index) => [name, tensors[index]])) as unknown as Inputs;
}

function tensorOf({ shape, data }: PlainTensor): tf.Tensor {
  return tf.tensor(data as Float32Array, [...shape], 'float32');
}

function relativeError(actual: Float32Array, expected: PlainTensor['data']): number {
  if (actual.length !== expected.length) return Infinity;
  let difference = 0;
  let norm = 0;
  expected.forEach((value, index) => {
    difference += (actual[index]! - value) ** 2;
    norm += value ** 2;
  });
  const error = Math.sqrt(difference / norm);
  return Number.isNaN(error) ? Infinity : error;
}
