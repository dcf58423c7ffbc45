import { SpineError } from '../errors.js';
import { ndarrayOf } from '../ndarray.js';
import type { Image } from './image.js';

/** What a browser holds a picture in. */
export type BrowserImage = ImageData | HTMLCanvasElement | OffscreenCanvas | HTMLImageElement | ImageBitmap;

/**
 * Reads a browser's picture into an image of bytes: 1 channel if red, green and blue are equal everywhere, else 3. What
 * is transparent is laid over black, the colour of air on a radiograph. A browser's canvas has 8 bits: a 16-bit file
 * loses depth here, which reading it in Node does not.
 *
 * @throws SpineError `image-shape` if the picture has no pixels; `image-unreadable` if it is not loaded yet, or comes
 *   from another site without leave (CORS), or is too large for a canvas; `invalid-argument` for anything else.
 */
export function imageFromBrowser(source: BrowserImage): Image {
  if (typeof source !== 'object' || source === null || !('width' in source && 'height' in source)) {
    throw new SpineError(
      'invalid-argument',
      'imageFromBrowser reads ImageData, a canvas, an image element or an ImageBitmap. For raw pixels there is imageFromPixels.',
    );
  }
  const { data, width, height } = 'data' in source ? source : readBack(source);
  if (!(data instanceof Uint8ClampedArray)) {
    throw new SpineError(
      'image-unreadable',
      'Only ImageData of 8-bit RGBA can be read; draw other formats on a canvas first.',
    );
  }
  if (width * height === 0 || data.length !== width * height * 4) {
    throw new SpineError(
      'image-shape',
      `The picture is ${width}×${height} pixels over ${data.length} bytes of RGBA: nothing to read.`,
    );
  }
  const opaque = overBlack(data);
  return isGrey(opaque)
    ? ndarrayOf(takeChannels(opaque, 1), [height, width, 1])
    : ndarrayOf(takeChannels(opaque, 3), [height, width, 3]);
}

function readBack(source: Exclude<BrowserImage, ImageData>): ImageData {
  const element = 'naturalWidth' in source;
  const width = element ? source.naturalWidth : source.width;
  const height = element ? source.naturalHeight : source.height;
  if (element && !source.complete) {
    throw new SpineError('image-unreadable', 'The image element has not finished loading. Await its decode() first.');
  }
  if (width * height === 0) {
    throw new SpineError(
      'image-shape',
      `The picture is ${width}×${height} pixels: nothing to read. A closed bitmap and a broken image have none.`,
    );
  }
  // Drawn onto a canvas of its own even where it is one: a canvas bound to WebGL has no 2-D context to read.
  const canvas = newCanvas(width, height);
  // Two declarations of an offscreen canvas may be in the program, and TypeScript picks either's overloads.
  const context = canvas.getContext('2d', { willReadFrequently: true }) as unknown as CanvasRenderingContext2D | null;
  if (context === null)
    throw new SpineError(
      'image-unreadable',
      `No 2-D canvas of ${width}×${height} pixels can be had here; it may be too large.`,
    );
  try {
    context.drawImage(source, 0, 0, width, height);
    return context.getImageData(0, 0, width, height);
  } catch (cause) {
    const foreign = cause instanceof DOMException && cause.name === 'SecurityError';
    throw new SpineError(
      'image-unreadable',
      foreign
        ? "The browser does not let this picture's pixels be read. Load it from this site, or with crossOrigin = 'anonymous' from one that allows it."
        : `The browser could not read a picture of ${width}×${height} pixels back: it may be broken, or larger than a canvas can be.`,
      { cause },
    );
  }
}

function newCanvas(width: number, height: number): OffscreenCanvas | HTMLCanvasElement {
  if (typeof OffscreenCanvas !== 'undefined') return new OffscreenCanvas(width, height);
  if (typeof document === 'undefined') {
    throw new SpineError(
      'image-unreadable',
      'There is no canvas here to read a picture with. In Node, read files with spine-xray-ml/node.',
    );
  }
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

/** The pixels with their alpha multiplied in; the same array where all are opaque. */
function overBlack(rgba: Uint8ClampedArray): Uint8ClampedArray {
  let opaque = true;
  for (let i = 3; i < rgba.length && opaque; i += 4) opaque = rgba[i] === 255;
  if (opaque) return rgba;
  const result = new Uint8ClampedArray(rgba.length);
  for (let i = 0; i < rgba.length; i += 4) {
    const alpha = rgba[i + 3]! / 255;
    for (let c = 0; c < 3; c++) result[i + c] = rgba[i + c]! * alpha;
    result[i + 3] = 255;
  }
  return result;
}

function isGrey(rgba: Uint8ClampedArray): boolean {
  for (let i = 0; i < rgba.length; i += 4) {
    if (rgba[i] !== rgba[i + 1] || rgba[i] !== rgba[i + 2]) return false;
  }
  return true;
}

function takeChannels(rgba: Uint8ClampedArray, channels: 1 | 3): Uint8Array {
  const pixels = new Uint8Array((rgba.length / 4) * channels);
  for (let from = 0, to = 0; from < rgba.length; from += 4) {
    for (let c = 0; c < channels; c++) pixels[to++] = rgba[from + c]!;
  }
  return pixels;
}
