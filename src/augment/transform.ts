import { SpineError } from '../errors.js';
import type { Image } from '../image/index.js';
import type { Random } from '../random.js';

/** A random change of an image: chance in `draw` alone, pixels in `apply` alone. */
export interface AugmentTransform<Options, Params> {
  /**
   * What to do this time: whether at all (one number of the stream), then the parameters in the order they are listed
   * in. `null`: leave the image as it is. The result is plain data.
   *
   * @throws SpineError `invalid-argument` for an impossible option.
   */
  draw(random: Random, options?: Options): Params | null;
  /**
   * The image after that; `null` gives the image itself.
   *
   * @throws SpineError `image-shape` if it is not an image.
   */
  apply(image: Image, params: Params | null): Image;
}

/** Throws `invalid-argument` unless low ≤ value ≤ high. */
export function checkNumber(name: string, value: number, low: number, high: number): void {
  if (!(value >= low && value <= high)) {
    throw new SpineError('invalid-argument', `${name} must be a number from ${low} to ${high}, got ${String(value)}.`);
  }
}

/** Throws `invalid-argument` unless `value` is a finite number. */
export function checkFiniteNumber(name: string, value: number): void {
  if (!Number.isFinite(value)) {
    throw new SpineError('invalid-argument', `${name} must be a finite number, got ${String(value)}.`);
  }
}
