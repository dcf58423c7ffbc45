import { SpineError } from '../errors.js';
import type { Image } from '../image/index.js';
import { loadSharp } from './optional.js';

/**
 * An image as the bytes of a PNG: bytes as 8 bit, words as 16 bit, reals in [0, 1] as 8 bit (rounded 255·v).
 *
 * @throws SpineError `image-shape`; `image-values` for reals that are no such byte.
 */
export async function encodePng(image: Image, name: string): Promise<Uint8Array> {
  const [height = 0, width = 0, channels = 0] = image.shape;
  if (image.shape.length !== 3 || height < 1 || width < 1 || (channels !== 1 && channels !== 3)) {
    throw new SpineError('image-shape', `${name} has the shape [${image.shape.join(', ')}]; an image is [height, width, 1 or 3].`, {
      details: { name, shape: [...image.shape] },
    });
  }
  const values = packed(image, name);
  const sharp = await loadSharp('Writing images');
  const wide = values instanceof Uint16Array;
  const space = channels === 1 ? (wide ? 'grey16' : 'b-w') : wide ? 'rgb16' : 'srgb';
  return sharp(values, { raw: { width, height, channels } }).toColourspace(space).png().toBuffer();
}

/** The pixels row by row, whatever the strides of the view; reals become bytes. */
function packed(image: Image, name: string): Uint8Array | Uint16Array {
  const { data, offset } = image;
  const [height = 0, width = 0, channels = 0] = image.shape;
  const [rowStride = 0, columnStride = 0, channelStride = 0] = image.stride;
  const values = data instanceof Uint16Array ? new Uint16Array(height * width * channels) : new Uint8Array(height * width * channels);
  const convert = data instanceof Float32Array ? byteOf(name) : (value: number) => value;
  let next = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const pixel = offset + row * rowStride + column * columnStride;
      for (let channel = 0; channel < channels; channel++) {
        values[next++] = convert(data[pixel + channel * channelStride] as number);
      }
    }
  }
  return values;
}

const byteOf = (name: string) => (value: number) => {
  const byte = Math.round(255 * value);
  if (byte >= 0 && byte <= 255) return byte;
  throw new SpineError('image-values', `${name} holds the value ${value}; real images are written from [0, 1]. Preprocess it first.`, {
    details: { name, value },
  });
};
