import sharp, { type Sharp } from 'sharp';
import type { Image } from 'spine-xray-ml';

export { failure, useTemporaryFolder } from './temporary.js';

export const height = 6;
export const width = 9;

/** Grey values that tell every pixel from every other, up to `maximum`. */
export const greyBytes = () => Uint8Array.from({ length: width * height }, (_, i) => (i * 255) / (width * height - 1));
export const greyWords = () =>
  Uint16Array.from({ length: width * height }, (_, i) => (i * 65535) / (width * height - 1));
export const colourBytes = () => Uint8Array.from({ length: 3 * width * height }, (_, i) => (i * 37) % 256);
export const colourWords = () => Uint16Array.from({ length: 3 * width * height }, (_, i) => (i * 4001) % 65536);

/** A picture to encode with sharp, in the colour space that keeps its values. */
export function picture(values: Uint8Array | Uint16Array, size = { width, height }): Sharp {
  const channels = (values.length / (size.width * size.height)) as 1 | 2 | 3 | 4;
  const wide = values instanceof Uint16Array;
  const space = channels <= 2 ? (wide ? 'grey16' : 'b-w') : wide ? 'rgb16' : 'srgb';
  return sharp(values, { raw: { ...size, channels } }).toColourspace(space);
}

/** The values of an image row by row. */
export function valuesOf(image: Image): number[] {
  const [rows = 0, columns = 0, channels = 0] = image.shape;
  const values: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      for (let channel = 0; channel < channels; channel++) values.push(image.get(row, column, channel));
    }
  }
  return values;
}
