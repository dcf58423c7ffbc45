import type { NdArray } from 'ndarray';
import { SpineError } from '../errors.js';
import { ndarrayOf } from '../ndarray.js';
import type { Image } from './image.js';
import { checkImage, copyRow, shapeOf, toFloat32 } from './pixels.js';

/** The smallest and the largest pixel of an image, over all channels. */
export interface IntensityRange {
  readonly low: number;
  readonly high: number;
}

/**
 * The smallest and the largest pixel, over all channels.
 *
 * @throws SpineError `image-shape`; `image-values` if a pixel is NaN or infinite.
 */
export function intensityRange(image: Image): IntensityRange {
  checkImage(image);
  const [height, width, channels] = shapeOf(image);
  const row = new Float32Array(width * channels);
  let low = Infinity;
  let high = -Infinity;
  for (let y = 0; y < height; y++) {
    copyRow(image, y, row);
    for (let i = 0; i < row.length; i++) {
      const value = row[i]!;
      if (value - value !== 0) {
        throw new SpineError(
          'image-values',
          `Pixel [${y}, ${Math.floor(i / channels)}, ${i % channels}] is ${value}. Every pixel must be a finite number: mask or repair the image first.`,
        );
      }
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return { low, high };
}

/** Throws `image-values` at the first NaN or infinite pixel. Bytes and words hold none and are not read. */
export function checkFinitePixels(image: Image): void {
  if (image.data instanceof Float32Array) intensityRange(image);
}

/** The index of the first NaN or infinite number among `length` numbers from `start` on; −1 if all are finite. */
export function firstNonFinite(values: Float32Array, start = 0, length = values.length - start): number {
  // 0 · x is 0 for every finite x and NaN otherwise: a loop without branches.
  let zero = 0;
  for (let index = start; index < start + length; index++) zero += 0 * values[index]!;
  if (zero === 0) return -1;
  let index = start;
  while (Number.isFinite(values[index])) index++;
  return index;
}

/**
 * Formula 2: (I − min I) / (max I − min I), one minimum and maximum over all channels. The result spans [0, 1]; a
 * constant image gives zeros. A fresh, row-major image.
 *
 * @throws SpineError `image-shape`; `image-values` if a pixel is NaN or infinite.
 */
export function minMaxScale(image: Image): NdArray<Float32Array> {
  const { low, high } = intensityRange(image);
  const pixels = toFloat32(image);
  const range = high - low;
  if (range === 0) pixels.fill(0);
  else for (let i = 0; i < pixels.length; i++) pixels[i] = (pixels[i]! - low) / range;
  return ndarrayOf(pixels, image.shape);
}
