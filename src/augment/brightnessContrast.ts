import { requireOptions } from '../arguments.js';
import { SpineError } from '../errors.js';
import { checkImage, copyPixels, pixelsLike, type Image } from '../image/index.js';
import { brightnessContrastOptions, type BrightnessContrastOptions } from './augmentOptions.js';
import { checkFiniteNumber, type AugmentTransform } from './transform.js';
import { ndarrayOf } from '../ndarray.js';

/** What `brightnessContrast` does to an image: alpha·I + beta, I in [0, 1]. */
export interface BrightnessContrastParams {
  /** Contrast: the factor. */
  readonly alpha: number;
  /** Brightness: what is added, as a fraction of white. */
  readonly beta: number;
}

/**
 * Formula 7, as albumentations 1.3's RandomBrightnessContrast computes it: alpha·I + beta·white, clipped to black and
 * white. White is 1 for reals, 255 for bytes, 65535 for words; integers are cut, not rounded, as there. Applied to all
 * channels alike. `formula: 'paper'` draws the printed formula instead: alpha = 1 + r_b·r_c, beta = 0.
 *
 * `apply` throws `image-values` if a real pixel lies outside [0, 1]: clipping would destroy such an image.
 */
export const brightnessContrast: AugmentTransform<BrightnessContrastOptions, BrightnessContrastParams> = {
  draw(random, options = {}) {
    const { probability, brightnessLimit, contrastLimit, formula } = brightnessContrastOptions.check(options);
    if (!random.chance(probability)) return null;
    const contrast = random.uniform(-contrastLimit, contrastLimit);
    const brightness = random.uniform(-brightnessLimit, brightnessLimit);
    return formula === 'paper'
      ? { alpha: 1 + brightness * contrast, beta: 0 }
      : { alpha: 1 + contrast, beta: brightness };
  },

  apply(image, params) {
    checkImage(image);
    if (params === null) return image;
    requireOptions('brightnessContrast.apply', params, '{ alpha, beta }');
    checkFiniteNumber('alpha', params.alpha);
    checkFiniteNumber('beta', params.beta);
    const pixels = pixelsLike(image, image.size);
    copyPixels(image, pixels);
    if (pixels instanceof Float32Array) adjustReals(pixels, params);
    else if (pixels instanceof Uint8Array) adjustBytes(pixels, params);
    else adjustWords(pixels, params);
    return ndarrayOf(pixels, image.shape) as Image;
  },
};

function adjustReals(pixels: Float32Array, { alpha, beta }: BrightnessContrastParams): void {
  // Room for what rounding adds to an image in [0, 1].
  const low = -1e-3;
  const high = 1 + 1e-3;
  for (let i = 0; i < pixels.length; i++) {
    const value = pixels[i]!;
    if (!(value >= low && value <= high)) {
      throw new SpineError(
        'image-values',
        `brightnessContrast takes real pixels in [0, 1], got ${value}. Preprocess the image first.`,
      );
    }
    const adjusted = alpha * value + beta;
    pixels[i] = adjusted < 0 ? 0 : adjusted > 1 ? 1 : adjusted;
  }
}

function adjustBytes(pixels: Uint8Array, params: BrightnessContrastParams): void {
  const table = new Uint8Array(256);
  for (let value = 0; value < table.length; value++) table[value] = adjustInteger(value, 255, params);
  for (let i = 0; i < pixels.length; i++) pixels[i] = table[pixels[i]!]!;
}

function adjustWords(pixels: Uint16Array, params: BrightnessContrastParams): void {
  for (let i = 0; i < pixels.length; i++) pixels[i] = adjustInteger(pixels[i]!, 65535, params);
}

/** In 32-bit steps, as albumentations has it: where it cuts, one rounding more or less would be a whole grey level. */
function adjustInteger(value: number, white: number, { alpha, beta }: BrightnessContrastParams): number {
  const product = Math.fround(value * Math.fround(alpha));
  const sum = Math.fround(product + Math.fround(beta * white));
  return sum < 0 ? 0 : sum > white ? white : Math.trunc(sum);
}
