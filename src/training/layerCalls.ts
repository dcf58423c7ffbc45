import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { SpineError } from '../errors.js';
import { isDropout, noiseShapeProblem } from './dropout.js';
import { layerWeight } from './layerWeight.js';

/**
 * Layers with kernels, written as single operations: tfjs-layers fuses convolution, bias and activation, and the
 * gradient of the fused operation computes that of the kernel even where the kernel is frozen.
 *
 * @returns undefined for any other kind of layer, which is then called as it is.
 */
export function callTrainable(layer: tfl.layers.Layer, x: tf.Tensor): tf.Tensor | undefined {
  const kind = layer.getClassName();
  const linear = linearPart(kind, layer, x);
  return linear && activate(layer, linear);
}

const unrepeatable: ReadonlySet<string> = new Set(['GaussianNoise', 'GaussianDropout', 'AlphaDropout', 'SpatialDropout1D']);
const convolutions: ReadonlySet<string> = new Set(['Conv2D', 'SeparableConv2D', 'DepthwiseConv2D']);

/** @throws SpineError `model-invalid` for a layer whose training could not be repeated, or has no gradient in tfjs. */
export function checkTrainable(layer: tfl.layers.Layer): void {
  const kind = layer.getClassName();
  const fail = (reason: string): never => {
    throw new SpineError('model-invalid', `The layer "${layer.name}" (${kind}) cannot be trained, nor what comes before it: ${reason}.`);
  };
  if (unrepeatable.has(kind)) fail('it draws random numbers that cannot be seeded. Use Dropout instead');
  const { dilationRate = 1, dataFormat } = layer.getConfig() as { dilationRate?: number | number[]; dataFormat?: string };
  const problem = isDropout(layer) ? noiseShapeProblem(layer) : undefined;
  if (problem !== undefined) fail(problem);
  if (!convolutions.has(kind)) return;
  if ([dilationRate].flat().some((rate) => rate !== 1)) fail('tfjs has no gradient for dilated convolutions');
  if (dataFormat === 'channelsFirst') fail('only the channels-last format is supported');
}

/** Whether the layer ends in a softmax over the last axis. */
export function isSoftmax(layer: tfl.layers.Layer): boolean {
  const kind = layer.getClassName();
  return kind === 'Softmax' || ((kind === 'Dense' || kind === 'Activation') && layer.getConfig()['activation'] === 'softmax');
}

/** What goes into the softmax of such a layer. */
export function withoutSoftmax(layer: tfl.layers.Layer, x: tf.Tensor): tf.Tensor {
  return linearPart(layer.getClassName(), layer, x) ?? x;
}

interface ConvolutionConfig {
  readonly strides: [number, number];
  readonly padding: 'valid' | 'same';
}

function linearPart(kind: string, layer: tfl.layers.Layer, x: tf.Tensor): tf.Tensor | undefined {
  const weight = (name: string) => layerWeight(layer, name)?.read();
  const withBias = (y: tf.Tensor) => {
    const bias = weight('bias');
    return bias ? tf.add(y, bias) : y;
  };
  if (kind === 'Dense') {
    if (x.rank !== 2) return undefined;
    return withBias(tf.matMul(x as tf.Tensor2D, weight('kernel') as tf.Tensor2D));
  }
  if (!convolutions.has(kind)) return undefined;

  const { strides, padding } = layer.getConfig() as unknown as ConvolutionConfig;
  const image = x as tf.Tensor4D;
  const depthwise = () => tf.depthwiseConv2d(image, weight('depthwise_kernel') as tf.Tensor4D, strides, padding);
  if (kind === 'Conv2D') return withBias(tf.conv2d(image, weight('kernel') as tf.Tensor4D, strides, padding));
  if (kind === 'DepthwiseConv2D') return withBias(depthwise());
  return withBias(tf.conv2d(depthwise(), weight('pointwise_kernel') as tf.Tensor4D, 1, 'valid'));
}

function activate(layer: tfl.layers.Layer, x: tf.Tensor): tf.Tensor {
  const name = layer.getConfig()['activation'] as string | null | undefined;
  if (name === undefined || name === null || name === 'linear') return x;
  if (name === 'relu') return tf.relu(x);
  if (name === 'softmax') return tf.softmax(x);
  const activation = tfl.layers.activation({ activation: name as 'elu' });
  return activation.call(x, {}) as tf.Tensor;
}
