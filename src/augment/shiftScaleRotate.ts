import { requireOptions } from '../arguments.js';
import { SpineError } from '../errors.js';
import { checkImage, pixelsLike, shapeOf, toFloat32, type Image } from '../image/index.js';
import { shiftScaleRotateOptions, type ShiftScaleRotateOptions } from './augmentOptions.js';
import { checkFiniteNumber, type AugmentTransform } from './transform.js';
import { warp, type AffineMap } from './warp.js';
import { ndarrayOf } from '../ndarray.js';

/** What `shiftScaleRotate` does to an image. */
export interface ShiftScaleRotateParams {
  /** Degrees, counter-clockwise. */
  readonly angle: number;
  /** Above 1 enlarges. */
  readonly scale: number;
  /** Shift to the right, as a fraction of the width. */
  readonly dx: number;
  /** Shift downwards, as a fraction of the height. */
  readonly dy: number;
}

/**
 * Formula 4: rotates and scales about the middle of the image, then shifts, in one bilinear warp; what comes in over
 * the border is the image mirrored about its outermost pixels. Shape and depth stay; integers are rounded to the
 * nearest. Equals albumentations 1.3's ShiftScaleRotate on OpenCV 5, which samples at exact coordinates (OpenCV 4
 * rounds them to 1/32 pixel).
 *
 * `apply` throws `invalid-argument` unless all four numbers are finite and the scale is positive,
 * and far enough from 0 for its reciprocal.
 */
export const shiftScaleRotate: AugmentTransform<ShiftScaleRotateOptions, ShiftScaleRotateParams> = {
  draw(random, options = {}) {
    const { probability, angleLimit, scaleLimit, shiftLimit } = shiftScaleRotateOptions.check(options);
    if (!random.chance(probability)) return null;
    return {
      angle: random.uniform(-angleLimit, angleLimit),
      scale: random.uniform(1 - scaleLimit, 1 + scaleLimit),
      dx: random.uniform(-shiftLimit, shiftLimit),
      dy: random.uniform(-shiftLimit, shiftLimit),
    };
  },

  apply(image, params) {
    checkImage(image);
    if (params === null) return image;
    requireOptions('shiftScaleRotate.apply', params, '{ angle, scale, dx, dy }');
    const map = outputToInput(image, params);
    const { data, shape, stride, offset } = image;
    if (data instanceof Float32Array) return ndarrayOf(warp({ data, shape, stride, offset }, map), shape);

    const warped = warp(ndarrayOf(toFloat32(image), shape), map);
    const pixels = pixelsLike(image, warped.length);
    for (let i = 0; i < warped.length; i++) pixels[i] = roundHalfToEven(warped[i]!);
    return ndarrayOf(pixels, shape);
  },
};

/**
 * Where each output pixel is read: the inverse of the map from input to output, x' = M·x, that OpenCV's
 * getRotationMatrix2D gives, with the shift added to it.
 */
function outputToInput(image: Image, { angle, scale, dx, dy }: ShiftScaleRotateParams): AffineMap {
  checkFiniteNumber('angle', angle);
  checkFiniteNumber('scale', scale);
  checkFiniteNumber('dx', dx);
  checkFiniteNumber('dy', dy);
  if (scale <= 0) throw new SpineError('invalid-argument', `scale must be above 0, got ${scale}. 1 keeps the size.`);
  const [height, width] = shapeOf(image);
  const centerX = width / 2 - 0.5;
  const centerY = height / 2 - 0.5;
  const radians = (angle * Math.PI) / 180;
  const cosine = Math.cos(radians) / scale;
  const sine = Math.sin(radians) / scale;
  const movedX = centerX + dx * width;
  const movedY = centerY + dy * height;
  const reach = (Math.abs(cosine) + Math.abs(sine)) * (Math.abs(movedX) + Math.abs(movedY) + width + height);
  if (!Number.isFinite(reach)) {
    throw new SpineError(
      'invalid-argument',
      `A scale of ${scale} with shifts of ${dx} and ${dy} leads beyond what numbers can hold.`,
    );
  }
  return {
    xx: cosine,
    xy: -sine,
    x0: centerX - cosine * movedX + sine * movedY,
    yx: sine,
    yy: cosine,
    y0: centerY - sine * movedX - cosine * movedY,
  };
}

/** As OpenCV rounds. */
function roundHalfToEven(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return rest < 0.5 ? below : below + 1;
  return below % 2 === 0 ? below : below + 1;
}
