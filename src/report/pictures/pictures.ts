import { SpineError } from '../../errors.js';
import type { Image } from '../../image/index.js';
import { optionalPackage } from '../../optional.js';

/** Bytes ready to be encoded: row-major, 1 (grey) or 3 (RGB) channels of 8 bits. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly data: Uint8Array;
}

/** Real-valued pixels, row-major, as they are between reading and encoding. */
export interface RealPicture {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly data: Float64Array;
}

/**
 * An image made small and brought to 8 bits: averaged down until neither side is over `maxSide` pixels (never
 * enlarged), at its own aspect ratio. Bytes are shown as they are; reals too where all lie in [0, 1]; 16-bit words and
 * other reals are stretched from their minimum to their maximum.
 *
 * @throws SpineError `image-shape` if the image is not [height, width, 1 or 3].
 */
export function thumbnail(image: Image, maxSide: number): Picture {
  const small = shrink(image, maxSide);
  const [low, high] = displayRange(image, small.data);
  const span = high - low;
  return {
    width: small.width,
    height: small.height,
    channels: small.channels as 1 | 3,
    // A constant picture has no span; it is shown black, as an empty exposure is.
    data: Uint8Array.from(small.data, (value) => (span > 0 ? Math.round((255 * (value - low)) / span) : 0)),
  };
}

/** The picture as a PNG in a `data:` URI. */
export async function pngDataUri(picture: Picture): Promise<string> {
  const { encode } = await optionalPackage('fast-png', 'Drawing pictures', () => import('fast-png'));
  const bytes = encode({ ...picture, depth: 8 }, { zlib: { level: 9 } });
  return `data:image/png;base64,${base64(bytes)}`;
}

/**
 * Averages over boxes of whole pixels, which is free of aliasing; sides shorter than a box keep one pixel. `resize` of
 * the images would do for a model: its triangle reaches over two boxes, which blurs a thumbnail, and it rounds to 32 bits.
 */
export function shrink(image: Image, maxSide: number): RealPicture {
  const [height, width, channels] = image.shape as [number, number, number];
  if (image.shape.length !== 3 || (channels !== 1 && channels !== 3) || height < 1 || width < 1) {
    throw new SpineError('image-shape', `A picture must be [height, width, 1 or 3], got [${image.shape.join(', ')}].`);
  }
  const ratio = Math.min(1, maxSide / Math.max(height, width));
  const rows = Math.max(1, Math.round(height * ratio));
  const columns = Math.max(1, Math.round(width * ratio));
  const data = new Float64Array(rows * columns * channels);
  const [rowStride, columnStride, channelStride] = image.stride as [number, number, number];
  const edge = (index: number, count: number, size: number) => Math.floor((index * size) / count);

  for (let row = 0; row < rows; row++) {
    const top = edge(row, rows, height);
    const bottom = Math.max(top + 1, edge(row + 1, rows, height));
    for (let column = 0; column < columns; column++) {
      const left = edge(column, columns, width);
      const right = Math.max(left + 1, edge(column + 1, columns, width));
      for (let channel = 0; channel < channels; channel++) {
        let sum = 0;
        for (let y = top; y < bottom; y++) {
          let at = image.offset + y * rowStride + left * columnStride + channel * channelStride;
          for (let x = left; x < right; x++, at += columnStride) sum += image.data[at]!;
        }
        data[(row * columns + column) * channels + channel] = sum / ((bottom - top) * (right - left));
      }
    }
  }
  return { width: columns, height: rows, channels, data };
}

/** Smallest and largest finite number; [0, 0] where there is none. */
export function extent(values: ArrayLike<number>): readonly [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : [0, 0];
}

function displayRange(image: Image, values: Float64Array): readonly [number, number] {
  if (image.data instanceof Uint8Array) return [0, 255];
  const [low, high] = extent(values);
  return image.data instanceof Float32Array && low >= 0 && high <= 1 ? [0, 1] : [low, high];
}

function base64(bytes: Uint8Array): string {
  let binary = '';
  // In slices, since each byte becomes an argument of the call.
  for (let start = 0; start < bytes.length; start += 0x8000) {
    binary += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return btoa(binary);
}
