import * as tf from '@tensorflow/tfjs-core';

export type Shape4D = [number, number, number, number];

/** What tfjs gives once for both axes, or by height and width. */
export type Axes = number | readonly [number, number];

export const pair = (value: Axes): [number, number] => (typeof value === 'number' ? [value, value] : [...value]);

/** Rows of channels, one for each pixel. */
export const pixelsOf = (x: tf.Tensor4D): tf.Tensor2D => tf.reshape(x, [-1, x.shape[3]]);

/** Whether a filter of one pixel meets each pixel of an image once: the convolution is then a product of matrices. */
export function isPointwise(
  [filterHeight, filterWidth]: Shape4D,
  strides: readonly [number, number],
  [, height, width]: Shape4D,
  dy: tf.Tensor4D,
): boolean {
  return (
    filterHeight * filterWidth === 1 && strides[0] * strides[1] === 1 && height === dy.shape[1] && width === dy.shape[2]
  );
}
