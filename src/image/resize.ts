import type { NdArray } from 'ndarray';
import { ndarrayOf } from '../ndarray.js';
import { finiteNumber, oneOf, optionsOf, required, tupleOf, wholeNumber, yesOrNo } from '../options.js';
import { triangleFilter } from './filter.js';
import type { Image } from './image.js';
import { checkImage, copyRow, shapeOf } from './pixels.js';
import { resample } from './resample.js';

/** How an image of one aspect ratio meets a size of another. */
export type ResizeFit =
  /** Each axis is scaled by itself: the whole image, distorted. The paper's way. */
  | 'stretch'
  /** The whole image at its own aspect ratio, with borders. */
  | 'contain'
  /** The largest centred part that has the size's aspect ratio. */
  | 'cover';

/** [height, width] in pixels. */
export type ImageSize = readonly [height: number, width: number];

/** Options of {@link resize}. */
export interface ResizeOptions {
  /** [height, width] of the result. */
  readonly size: ImageSize;
  /** Default 'stretch'. */
  readonly fit?: ResizeFit;
  /** Whether every input pixel counts when shrinking. Without it fine detail turns into patterns. Default true. */
  readonly antialias?: boolean;
  /** Value of the borders that 'contain' adds. Default 0. */
  readonly padValue?: number;
}

/** The defaults of {@link resize}. */
export const resizeDefaults = { fit: 'stretch', antialias: true, padValue: 0 } as const satisfies Omit<
  ResizeOptions,
  'size'
>;

/** [height, width] that can be asked for. */
export const imageSizeRule = tupleOf<ImageSize>('[height, width] in whole pixels', 2, wholeNumber(1));

/** The fits there are. */
export const resizeFitRule = oneOf('stretch', 'contain', 'cover');

export const resizeOptions = optionsOf<ResizeOptions, typeof resizeDefaults>(
  'resize',
  { size: required(imageSizeRule), fit: resizeFitRule, antialias: yesOrNo, padValue: finiteNumber },
  resizeDefaults,
);

/**
 * Formula 1: the image at another size, bilinear with half-pixel centres and, when shrinking, antialiasing. Equals
 * `tf.image.resize(method='bilinear', antialias=True)` to rounding, and Pillow's BILINEAR on reals. Values keep the
 * range they had. A fresh, row-major image of 32-bit reals; NaN spreads to what it touches.
 *
 * @throws SpineError `image-shape` if it is not an image; `invalid-argument` for an impossible option.
 */
export function resize(image: Image, options: ResizeOptions): NdArray<Float32Array> {
  const { size, fit, antialias, padValue } = resizeOptions.check(options);
  checkImage(image);
  if (fit === 'contain') {
    const inside = containedSize(image, size);
    return pad(stretch(image, inside, antialias), size, padValue);
  }
  return fit === 'cover' ? cover(image, size, antialias) : stretch(image, size, antialias);
}

/** The largest size with the image's aspect ratio inside `size`, to the nearest whole pixel; at least one each way. */
export function containedSize(image: Image, size: ImageSize): ImageSize {
  const [height, width] = shapeOf(image);
  const [targetHeight, targetWidth] = size;
  return height * targetWidth >= width * targetHeight
    ? [targetHeight, Math.max(1, Math.round((width * targetHeight) / height))]
    : [Math.max(1, Math.round((height * targetWidth) / width)), targetWidth];
}

/** The image in the middle of `size`, surrounded by `value`; an odd remainder puts its smaller half above and left. */
export function pad(image: NdArray<Float32Array>, size: ImageSize, value: number): NdArray<Float32Array> {
  const [height, width, channels] = shapeOf(image);
  const [targetHeight, targetWidth] = size;
  const top = Math.floor((targetHeight - height) / 2);
  const left = Math.floor((targetWidth - width) / 2);
  const pixels = new Float32Array(targetHeight * targetWidth * channels).fill(value);
  for (let y = 0; y < height; y++) copyRow(image, y, pixels, ((top + y) * targetWidth + left) * channels);
  return ndarrayOf(pixels, [targetHeight, targetWidth, channels]);
}

function stretch(image: Image, [targetHeight, targetWidth]: ImageSize, antialias: boolean): NdArray<Float32Array> {
  const [height, width, channels] = shapeOf(image);
  const rows = triangleFilter(height, targetHeight, antialias);
  const columns = triangleFilter(width, targetWidth, antialias);
  return ndarrayOf(resample(image, rows, columns), [targetHeight, targetWidth, channels]);
}

function cover(image: Image, [targetHeight, targetWidth]: ImageSize, antialias: boolean): NdArray<Float32Array> {
  const [height, width, channels] = shapeOf(image);
  const scale = Math.min(height / targetHeight, width / targetWidth);
  const middle = (length: number, extent: number) => ({ start: (length - extent) / 2, extent });
  const rows = triangleFilter(height, targetHeight, antialias, middle(height, scale * targetHeight));
  const columns = triangleFilter(width, targetWidth, antialias, middle(width, scale * targetWidth));
  return ndarrayOf(resample(image, rows, columns), [targetHeight, targetWidth, channels]);
}
