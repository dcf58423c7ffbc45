import type { NdArray } from 'ndarray';
import { quoted } from '../arguments.js';
import { SpineError } from '../errors.js';
import { ndarrayOf, type NumberArray } from '../ndarray.js';
import { oneOf, optionsOf, required, wholeNumber } from '../options.js';
import type { Image, PixelArray } from './image.js';

/** Height, width and channels of pixels that come without a shape. */
export interface PixelLayout {
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
  /** 1 (grey) or 3 (RGB, interleaved). Default 1. */
  readonly channels?: 1 | 3;
}

export const pixelLayout = optionsOf<PixelLayout, { readonly channels: 1 }>(
  'imageFromPixels',
  {
    height: required(wholeNumber(1)),
    width: required(wholeNumber(1)),
    channels: { ...oneOf(1, 3), advice: (given) => (given === 4 ? 'Leave alpha out.' : undefined) },
  },
  { channels: 1 },
);

/**
 * An image over raw pixels: row by row from the top, left to right, channels interleaved. The pixels are not copied, so
 * the image changes with them.
 *
 * @throws SpineError `image-shape` if the number of pixels does not fit the layout; `invalid-argument` for a layout that
 *   is none, and pixels that are no typed array.
 */
export function imageFromPixels(data: PixelArray | Uint8ClampedArray, layout: PixelLayout): Image {
  const { height, width, channels } = pixelLayout.check(layout);
  if (!ArrayBuffer.isView(data) || data instanceof DataView)
    throw new SpineError(
      'invalid-argument',
      `imageFromPixels needs pixels as a Uint8Array, a Uint16Array or a Float32Array, got ${quoted(data)}.`,
    );
  const pixels = data instanceof Uint8ClampedArray ? new Uint8Array(data.buffer, data.byteOffset, data.length) : data;
  const wanted = height * width * channels;
  if (pixels.length !== wanted) {
    throw new SpineError(
      'image-shape',
      `${height}×${width} pixels of ${channels} channel(s) are ${wanted} numbers, got ${pixels.length}. Check the layout; leave alpha out.`,
    );
  }
  const image: Image = ndarrayOf(pixels, [height, width, channels]);
  checkImage(image);
  return image;
}

/**
 * Throws unless `image` is [height, width, channels] with at least one pixel, 1 or 3 channels, over bytes, words or
 * 32-bit reals that hold it. Pixel values are not looked at.
 *
 * @throws SpineError `image-shape`, or `invalid-argument` unless it is an ndarray of a known element type.
 */
export function checkImage(image: Image): void {
  if (!Array.isArray(image?.shape) || !Array.isArray(image.stride)) {
    throw new SpineError(
      'invalid-argument',
      'An image is an ndarray [height, width, channels]. Make one with imageFromPixels or imageFromBrowser.',
    );
  }
  const { shape, stride, data, offset } = image;
  const given = `[${shape.join(', ')}]`;
  if (shape.length !== 3) {
    throw new SpineError(
      'image-shape',
      `An image has three axes [height, width, channels], got ${given}. A grey one ends in 1.`,
    );
  }
  if (!shape.every((length) => Number.isSafeInteger(length) && length > 0)) {
    throw new SpineError('image-shape', `An image has at least one pixel, got ${given}.`);
  }
  if (shape[2] !== 1 && shape[2] !== 3) {
    throw new SpineError(
      'image-shape',
      `An image has 1 channel (grey) or 3 (RGB), got ${given}. Leave alpha out; select a slice of a volume.`,
    );
  }
  if (!(data instanceof Uint8Array || data instanceof Uint16Array || data instanceof Float32Array)) {
    throw new SpineError(
      'invalid-argument',
      `Pixels are a Uint8Array, a Uint16Array or a Float32Array, got ${Object.prototype.toString.call(data)}.`,
    );
  }
  let low = offset;
  let high = offset;
  shape.forEach((length, axis) => {
    const reach = (length - 1) * (stride[axis] ?? 0);
    if (reach < 0) low += reach;
    else high += reach;
  });
  if (low < 0 || high >= data.length) {
    throw new SpineError(
      'image-shape',
      `The shape ${given} reaches beyond the ${data.length} numbers of the image's data.`,
    );
  }
}

/** [height, width, channels] as a tuple. */
export function shapeOf(image: Image): readonly [height: number, width: number, channels: number] {
  return image.shape as [number, number, number];
}

/** Distances in the data between neighbours along each axis, as a tuple. */
export function strideOf(image: Image): readonly [row: number, column: number, channel: number] {
  return image.stride as [number, number, number];
}

/** Whether the pixels lie row by row without gaps. */
function isContiguous(image: Image): boolean {
  const [, width, channels] = shapeOf(image);
  const [row, column, channel] = strideOf(image);
  return channel === 1 && column === channels && row === width * channels;
}

/** Copies row `y` into `target` from `start`, channels interleaved; numbers are converted to the target's type. */
export function copyRow(image: Image, y: number, target: NumberArray, start = 0): void {
  const [, width, channels] = shapeOf(image);
  const [rowStride, columnStride, channelStride] = strideOf(image);
  const { data } = image;
  const base = image.offset + y * rowStride;
  if (channelStride === 1 && columnStride === channels) {
    target.set(data.subarray(base, base + width * channels), start);
    return;
  }
  let from = base;
  let to = start;
  if (channels === 1) {
    for (let x = 0; x < width; x++, from += columnStride) target[to++] = data[from]!;
    return;
  }
  for (let x = 0; x < width; x++, from += columnStride, to += 3) {
    target[to] = data[from]!;
    target[to + 1] = data[from + channelStride]!;
    target[to + 2] = data[from + 2 * channelStride]!;
  }
}

/** Copies the pixels, row by row, into `target` from `start`; numbers are converted to the target's type. */
export function copyPixels(image: Image, target: NumberArray, start = 0): void {
  const [height, width, channels] = shapeOf(image);
  if (isContiguous(image)) {
    target.set(image.data.subarray(image.offset, image.offset + image.size), start);
    return;
  }
  for (let y = 0; y < height; y++) copyRow(image, y, target, start + y * width * channels);
}

/** A fresh copy of the pixels, row by row, as 32-bit reals of the same values. */
export function toFloat32(image: Image): Float32Array {
  const pixels = new Float32Array(image.size);
  copyPixels(image, pixels);
  return pixels;
}

/** A typed array of the same kind as the image's. */
export function pixelsLike<Pixels extends PixelArray>(image: NdArray<Pixels>, length: number): Pixels {
  const { data } = image as Image;
  const pixels: PixelArray =
    data instanceof Uint8Array
      ? new Uint8Array(length)
      : data instanceof Uint16Array
        ? new Uint16Array(length)
        : new Float32Array(length);
  return pixels as Pixels;
}

/** The value of a white pixel: 255 for bytes, 65535 for words, 1 for reals (as albumentations has it). */
export function whiteOf(image: Image): number {
  if (image.data instanceof Uint8Array) return 255;
  if (image.data instanceof Uint16Array) return 65535;
  return 1;
}
