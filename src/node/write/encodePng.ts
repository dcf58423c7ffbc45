import { SpineError } from '../../errors.js';
import { checkImage, copyPixels, pixelsLike, shapeOf, type Image } from '../../image/index.js';
import { loadSharp } from '../read/index.js';
import { reasonOf } from '../../reason.js';

/**
 * An image as the bytes of a PNG: bytes as 8 bit, words as 16 bit, reals in [0, 1] as 8 bit (rounded 255·v).
 *
 * @throws SpineError `image-shape`; `image-values` for reals outside of [0, 1].
 */
export async function encodePng(image: Image, name: string): Promise<Uint8Array> {
  checkNamed(image, name);
  const [height, width, channels] = shapeOf(image);
  const values = packed(image, name);
  const sharp = await loadSharp('Writing images');
  const wide = values instanceof Uint16Array;
  const space = channels === 1 ? (wide ? 'grey16' : 'b-w') : wide ? 'rgb16' : 'srgb';
  return sharp(values, { raw: { width, height, channels: channels as 1 | 3 } })
    .toColourspace(space)
    .png()
    .toBuffer();
}

function checkNamed(image: Image, name: string): void {
  try {
    checkImage(image);
  } catch (cause) {
    throw new SpineError('image-shape', `${name}: ${reasonOf(cause)}.`, { cause, details: { name } });
  }
}

/** The pixels row by row, whatever the strides of the view; reals become bytes. */
function packed(image: Image, name: string): Uint8Array | Uint16Array {
  const values = pixelsLike(image, image.size);
  copyPixels(image, values);
  return values instanceof Float32Array ? Uint8Array.from(values, (value) => byteOf(value, name)) : values;
}

function byteOf(value: number, name: string): number {
  const byte = Math.round(255 * value);
  if (byte >= 0 && byte <= 255) return byte;
  throw new SpineError(
    'image-values',
    `${name} holds the value ${value}; real images are written from [0, 1]. Preprocess it first.`,
    {
      details: { name, value },
    },
  );
}
