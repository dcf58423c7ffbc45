import type { NdArray } from 'ndarray';
import { SpineError } from '../errors.js';
import { ndarrayOf } from '../ndarray.js';
import type { PixelArray } from './image.js';
import { checkImage, copyPixels, pixelsLike, shapeOf } from './pixels.js';

/** Weights of red, green and blue in a grey value (ITU-R BT.601, as Pillow and OpenCV use). */
const lumaWeights = [0.299, 0.587, 0.114] as const;

/**
 * The image with 1 or 3 channels, of the same depth. Grey becomes RGB by repeating it; RGB becomes grey by the luma
 * 0.299 R + 0.587 G + 0.114 B, rounded to the nearest where pixels are integers. An image that has the channels asked
 * for is returned as it is, not copied.
 *
 * @throws SpineError `image-shape` if it is not an image; `invalid-argument` if `channels` is not 1 or 3.
 */
export function toChannels<Pixels extends PixelArray>(image: NdArray<Pixels>, channels: 1 | 3): NdArray<Pixels> {
  checkImage(image);
  if (channels !== 1 && channels !== 3) {
    throw new SpineError('invalid-argument', `channels must be 1 (grey) or 3 (RGB), got ${String(channels)}.`);
  }
  const [height, width, given] = shapeOf(image);
  if (given === channels) return image;

  const source = pixelsLike(image, image.size);
  copyPixels(image, source);
  const count = height * width;
  const target = pixelsLike(image, count * channels);
  if (channels === 3) {
    for (let i = 0; i < count; i++) {
      const value = source[i]!;
      target[3 * i] = value;
      target[3 * i + 1] = value;
      target[3 * i + 2] = value;
    }
  } else {
    const [red, green, blue] = lumaWeights;
    const half = target instanceof Float32Array ? 0 : 0.5;
    for (let i = 0; i < count; i++) {
      const luma = red * source[3 * i]! + green * source[3 * i + 1]! + blue * source[3 * i + 2]!;
      target[i] = luma + half;
    }
  }
  return ndarrayOf(target, [height, width, channels]);
}
