import * as tf from '@tensorflow/tfjs-core';
import { pair, type Axes } from './convolutionShapes.js';

/** The attributes that tfjs passes to convolutions. */
interface ConvolutionAttributes {
  readonly strides: Axes;
  readonly dilations?: Axes | null;
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
}

/**
 * Convolutions for the wasm backend in place of its own, which compute the padding of mode 'same' in unsigned numbers.
 * Where a stride steps over the last rows or columns, the padding would be negative; it becomes huge, all windows lie
 * in the margin, and the result is zero. So what no window sees is cut off first. Filters of 1×1 take another way
 * there, and are right.
 */
function seenOnly(existing: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    const { x, filter } = call.inputs as unknown as Readonly<Record<'x' | 'filter', tf.Tensor4D>>;
    const { strides, dilations, pad } = call.attrs as unknown as ConvolutionAttributes;
    const [, height, width] = x.shape;
    const [filterHeight, filterWidth] = filter.shape;
    if (pad !== 'same' || filterHeight * filterWidth === 1) return existing(call);

    const [stride, dilation] = [pair(strides), pair(dilations ?? 1)];
    const seenHeight = seen(height, filterHeight, stride[0], dilation[0]);
    const seenWidth = seen(width, filterWidth, stride[1], dilation[1]);
    if (seenHeight >= height && seenWidth >= width) return existing(call);
    return tf.tidy(() => {
      const cut = tf.slice(x, [0, 0, 0, 0], [-1, Math.min(height, seenHeight), Math.min(width, seenWidth), -1]);
      return tf
        .engine()
        .makeTensorFromTensorInfo(existing({ ...call, inputs: { ...call.inputs, x: cut } }) as tf.TensorInfo);
    });
  };
}

/**
 * From the first pixel of the first window to the last of the last one, along an axis, when none begins in a margin.
 */
function seen(length: number, filter: number, stride: number, dilation: number): number {
  return (Math.ceil(length / stride) - 1) * stride + (filter - 1) * dilation + 1;
}

export const wasmConvolutions = {
  [tf.Conv2D]: seenOnly,
  [tf.FusedConv2D]: seenOnly,
  [tf.DepthwiseConv2dNative]: seenOnly,
  [tf.FusedDepthwiseConv2D]: seenOnly,
};
