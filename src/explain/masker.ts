import type { NdArray } from 'ndarray';
import { SpineError } from '../errors.js';
import { type Image } from '../image/index.js';
import { boxBlur } from './blur.js';
import { realImage } from './pixels.js';
import { ndarrayOf } from '../ndarray.js';
import { either, optionsOf, required, tupleOf, wholeNumber } from '../options.js';

/** What stands in for the parts of an image that are hidden. */
export interface Masker {
  /** A short description that goes into the explanation: `blur 32×32`. */
  readonly name: string;
  /** Whether all images of one shape get the same background; the output for it is then computed once. */
  readonly fixedBackground: boolean;
  /** The pixels shown where `image` is hidden: [height, width, channels] and range of the image. */
  background(image: Image): NdArray<Float32Array>;
}

/** Options of {@link blurMasker}. */
export interface BlurMaskerOptions {
  /**
   * Side of the box in pixels, or [height, width]. Large boxes hide more: the whole image's worth is measured against
   * its blur.
   */
  readonly size: number | readonly [height: number, width: number];
}

export const blurMaskerOptions = optionsOf<BlurMaskerOptions>('blurMasker', {
  size: required(
    either(wholeNumber(1), tupleOf<readonly [number, number]>('[height, width] of such', 2, wholeNumber(1))),
  ),
});

/**
 * Hides a part behind the image's own box blur (`blur(w, h)` of SHAP, which is OpenCV's `blur`: REFLECT_101 borders, an
 * even side covers one pixel more above and to the left). The mean is of reals, also in an image of bytes.
 *
 * @throws SpineError `invalid-argument` unless the sides are positive integers.
 */
export function blurMasker(options: BlurMaskerOptions): Masker {
  const { size } = blurMaskerOptions.check(options);
  const [height, width] = typeof size === 'number' ? [size, size] : size;
  return {
    name: `blur ${height}×${width}`,
    fixedBackground: false,
    background: (image) => boxBlur(realImage(image), [height, width]),
  };
}

/**
 * Hides a part behind one value (SHAP's number).
 *
 * @param value in the range of the images explained; one for all channels, or one for each.
 * @throws SpineError `invalid-argument` unless the values are finite, and, when explaining, unless there is one value
 *   or one for each channel of the image.
 */
export function constantMasker(value: number | readonly number[]): Masker {
  const values = typeof value === 'number' ? [value] : [...value];
  if (values.length === 0 || !values.every(Number.isFinite)) {
    throw new SpineError(
      'invalid-argument',
      `constantMasker takes a finite number or one for each channel, got ${JSON.stringify(value)}.`,
    );
  }
  return {
    name: `constant ${values.join(', ')}`,
    fixedBackground: true,
    background({ shape }) {
      const channels = shape[2]!;
      if (typeof value !== 'number' && values.length !== channels) {
        throw new SpineError(
          'invalid-argument',
          `constantMasker has ${values.length} values and the image ${channels} channels. Give one number, or one for each channel.`,
        );
      }
      const pixels = Float32Array.from(
        { length: shape.reduce((product, side) => product * side, 1) },
        (_, index) => values[index % values.length]!,
      );
      return ndarrayOf(pixels, shape);
    },
  };
}

/**
 * Hides a part behind the same part of another image (SHAP's array): a mean film, say.
 *
 * @param background [height, width, channels] and range of the images explained. Copied.
 * @throws SpineError `image-shape` unless it has three dimensions, and, when explaining, unless the image has its
 *   shape; `image-values` if it holds NaN or infinite pixels.
 */
export function imageMasker(background: Image): Masker {
  const pixels = realImage(background);
  return { name: 'image', fixedBackground: true, background: () => pixels };
}
