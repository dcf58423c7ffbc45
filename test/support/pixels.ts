import fc from 'fast-check';
import { ndarrayOf, horizontalFlip, transpose, verticalFlip, type Image } from 'spine-xray-ml';

/** An image as the golden files hold it. */
export interface PackedImage {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

export function unpack({ dtype, shape, data }: PackedImage): Image {
  if (dtype === 'uint8') return ndarrayOf(Uint8Array.from(data), shape);
  if (dtype === 'uint16') return ndarrayOf(Uint16Array.from(data), shape);
  return ndarrayOf(Float32Array.from(data), shape);
}

/** The pixels, row by row, each read through the ndarray's own `get`. */
export function valuesOf(image: Image): number[] {
  const [height, width, channels] = image.shape as [number, number, number];
  const values: number[] = [];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) values.push(image.get(y, x, c));
    }
  }
  return values;
}

/** The largest difference between two lists of numbers of one length; NaN if one of them holds it. */
export function largestDifference(actual: readonly number[], expected: readonly number[]): number {
  if (actual.length !== expected.length) throw new Error(`${actual.length} numbers against ${expected.length}`);
  return actual.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i]!)), 0);
}

type Kind = 'bytes' | 'words' | 'reals';

/** Small images of any depth; a part of them strided views. Reals lie in [0, 1]. */
export function anyImage({
  kinds = ['bytes', 'words', 'reals'] as readonly Kind[],
  maxSide = 9,
} = {}): fc.Arbitrary<Image> {
  const side = fc.integer({ min: 1, max: maxSide });
  return fc
    .record({
      height: side,
      width: side,
      channels: fc.constantFrom(1, 3),
      kind: fc.constantFrom(...kinds),
      view: fc.constantFrom<(image: Image) => Image>(
        (image) => image,
        (image) => transpose.apply(image),
        (image) => horizontalFlip.apply(verticalFlip.apply(image)),
      ),
    })
    .chain(({ height, width, channels, kind, view }) => {
      const length = height * width * channels;
      return pixels(kind, length).map((data) => view(ndarrayOf(data, [height, width, channels])));
    });
}

function pixels(kind: Kind, length: number): fc.Arbitrary<Uint8Array | Uint16Array | Float32Array> {
  const exactly = { minLength: length, maxLength: length };
  if (kind === 'bytes') return fc.uint8Array(exactly);
  if (kind === 'words') return fc.uint16Array(exactly);
  return fc.float32Array({ ...exactly, min: 0, max: 1, noNaN: true });
}
