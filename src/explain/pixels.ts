import type { NdArray } from 'ndarray';
import { checkFinitePixels, checkImage, toFloat32, type Image } from '../image/index.js';
import { ndarrayOf } from '../ndarray.js';

/**
 * A row-major copy of an image as float32, its values unchanged.
 *
 * @throws SpineError `image-shape` unless it is [height, width, 1 or 3]; `image-values` if a pixel is NaN or infinite.
 */
export function realImage(image: Image): NdArray<Float32Array> {
  checkImage(image);
  checkFinitePixels(image);
  return ndarrayOf(toFloat32(image), image.shape);
}
