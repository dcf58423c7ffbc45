import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { SpineError } from '../errors.js';
import { isDropout, noiseShapeProblem } from './dropout.js';
import type { Step } from './graph.js';
import { layerWeight } from './layerWeight.js';

const withoutGradient: ReadonlySet<string> = new Set(['ThresholdedReLU']);
const unrepeatable: ReadonlySet<string> = new Set([
  'GaussianNoise',
  'GaussianDropout',
  'AlphaDropout',
  'SpatialDropout1D',
]);
const convolutions: ReadonlySet<string> = new Set(['Conv2D', 'SeparableConv2D', 'DepthwiseConv2D']);

/** @throws SpineError `model-invalid` for a layer whose training could not be repeated, or has no gradient in tfjs. */
export function checkTrainable(step: Step): void {
  const { layer } = step;
  const kind = layer.getClassName();
  const fail = (reason: string): never => {
    throw new SpineError(
      'model-invalid',
      `The layer "${layer.name}" (${kind}) cannot be trained, nor what comes before it: ${reason}.`,
    );
  };
  if (unrepeatable.has(kind)) fail('it draws random numbers that cannot be seeded. Use Dropout instead');
  if (withoutGradient.has(kind)) fail('tfjs has no gradient for it');
  const { dilationRate = 1, dataFormat } = layer.getConfig() as {
    dilationRate?: number | number[];
    dataFormat?: string;
  };
  const problem = isDropout(layer) ? noiseShapeProblem(step) : undefined;
  if (problem !== undefined) fail(problem);
  if (kind === 'BatchNormalization' && !normalizesChannels(step))
    fail('only normalization along the last axis is supported');
  if (!convolutions.has(kind)) return;
  if ([dilationRate].flat().some((rate) => rate !== 1)) fail('tfjs has no gradient for dilated convolutions');
  if (dataFormat === 'channelsFirst') fail('only the channels-last format is supported');
}

function normalizesChannels({ layer, outputShape }: Step): boolean {
  // Keras writes a list.
  const [axis = -1] = [layer.getConfig()['axis'] as number | number[] | undefined].flat();
  return axis === -1 || axis === outputShape.length - 1;
}

/** Whether the layer, whose output is [n, k], ends in a softmax over the classes. */
export function isSoftmax(layer: tfl.layers.Layer): boolean {
  const kind = layer.getClassName();
  const { axis = -1 } = layer.getConfig() as { axis?: number };
  return (
    (kind === 'Softmax' && (axis === -1 || axis === 1)) ||
    ((kind === 'Dense' || kind === 'Activation') && layer.getConfig()['activation'] === 'softmax')
  );
}

/** What goes into the softmax of such a layer. */
export function withoutSoftmax(layer: tfl.layers.Layer, x: tf.Tensor): tf.Tensor {
  if (layer.getClassName() !== 'Dense') return x;
  const bias = layerWeight(layer, 'bias')?.read();
  const product = tf.matMul(x as tf.Tensor2D, layerWeight(layer, 'kernel')?.read() as tf.Tensor2D);
  return bias ? tf.add(product, bias) : product;
}
