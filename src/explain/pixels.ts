import type { NdArray } from 'ndarray';
import { SpineError } from '../errors.js';
import { array, type Image } from '../image/index.js';
import type { ImageShape } from './partition.js';

/**
 * The sizes of an image.
 *
 * @throws SpineError `image-shape` unless it has three dimensions and at least one scalar.
 */
export function imageShape({ shape }: Image): ImageShape {
  if (shape.length !== 3 || shape.some((side) => side < 1)) {
    throw new SpineError(
      'image-shape',
      `An image must have the shape [height, width, channels], got [${shape.join(', ')}]. A batch is explained image by image.`,
    );
  }
  return shape as unknown as ImageShape;
}

/**
 * A row-major copy of an image as float32, its values unchanged.
 *
 * @throws SpineError `image-shape` as {@link imageShape}; `image-values` if a pixel is NaN or infinite.
 */
export function toFloat32(image: Image): NdArray<Float32Array> {
  const [height, width, channels] = imageShape(image);
  const pixels = new Float32Array(height * width * channels);
  let index = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      for (let channel = 0; channel < channels; channel++) {
        const value = image.get(row, column, channel);
        if (!Number.isFinite(value)) {
          throw new SpineError(
            'image-values',
            `The image holds ${value} at row ${row}, column ${column}, channel ${channel}. Replace it before explaining.`,
          );
        }
        pixels[index++] = value;
      }
    }
  }
  return array(pixels, image.shape);
}
