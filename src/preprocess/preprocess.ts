import type { NdArray } from 'ndarray';
import { SpineError } from '../errors.js';
import {
  checkFinitePixels,
  checkImage,
  containedSize,
  imageSizeRule,
  intensityRange,
  minMaxScale,
  pad,
  resize,
  resizeFitRule,
  toChannels,
  whiteOf,
  type ResizeFit,
  type Image,
  type ImageSize,
} from '../image/index.js';
import { ndarrayOf } from '../ndarray.js';
import { oneOf, optionsOf } from '../options.js';

/** How pixel values are brought to [0, 1]. */
export type PixelNormalization =
  /** Formula 2: the image's own minimum becomes 0, its maximum 1. Exposure and depth no longer matter. */
  | 'minmax'
  /** Divided by the largest value of the image's depth: 255, 65535, or 1. Exposure stays visible. */
  | 'range'
  /** Left as they are. */
  | 'none';

/** Options of {@link preprocess}. */
export interface PreprocessOptions {
  /** [height, width] of the result in pixels. Default [224, 224], the paper's. */
  readonly size?: ImageSize;
  /** How the image meets that size: see {@link ResizeFit}. Default 'stretch', the paper's. */
  readonly fit?: ResizeFit;
  /** Channels of the result: 1 or 3. Default 3, what pre-trained networks expect. */
  readonly channels?: 1 | 3;
  /** See {@link PixelNormalization}. Default 'minmax', the paper's. */
  readonly normalize?: PixelNormalization;
}

/** The paper's recipe (step 2). */
export const preprocessDefaults = {
  size: [224, 224],
  fit: 'stretch',
  channels: 3,
  normalize: 'minmax',
} as const satisfies Required<PreprocessOptions>;

export const preprocessOptions = optionsOf<PreprocessOptions, typeof preprocessDefaults>(
  'preprocess',
  {
    size: imageSizeRule,
    fit: resizeFitRule,
    channels: { ...oneOf(1, 3), expects: '1 (grey) or 3 (RGB)' },
    normalize: oneOf('minmax', 'range', 'none'),
  },
  preprocessDefaults,
);

/**
 * Step 2 of the paper, from a film as it was read to what a network is given: resized with antialiasing (formula 1),
 * then brought to [0, 1] (formula 2; a constant image gives zeros), then to the channels asked for. With 'contain' the
 * borders are black (0) and take no part in the minimum and maximum. The image itself is not changed.
 *
 * @returns [height, width, channels], row-major, fresh.
 * @throws SpineError `image-shape` if the image is not [height, width, 1 or 3] with at least one pixel; `image-values`
 *   if a pixel is NaN or infinite, or, for 'range', a real outside [0, 1]; `invalid-argument` for an impossible option.
 */
export function preprocess(image: Image, options: PreprocessOptions = {}): NdArray<Float32Array> {
  const { size, fit, channels, normalize } = preprocessOptions.check(options);
  checkImage(image);
  checkFinitePixels(image);

  const resized = resize(image, fit === 'contain' ? { size: containedSize(image, size) } : { size, fit });
  // A grey film stays at one channel until the end: a third of the work.
  const toned = channels === 1 ? toChannels(resized, 1) : resized;
  const normalized = normalizeIntensity(toned, normalize, whiteOf(image));
  const framed = fit === 'contain' ? pad(normalized, size, 0) : normalized;
  return toChannels(framed, channels);
}

function normalizeIntensity(
  image: NdArray<Float32Array>,
  normalize: PixelNormalization,
  white: number,
): NdArray<Float32Array> {
  if (normalize === 'none') return image;
  if (normalize === 'minmax') return minMaxScale(image);
  const { low, high } = intensityRange(image);
  if (low < 0 || high > white) {
    throw new SpineError(
      'image-values',
      `normalize: 'range' takes real pixels in [0, 1], got ${low} to ${high}. Scale them first, or use normalize: 'minmax'.`,
    );
  }
  return ndarrayOf(
    image.data.map((value) => value / white),
    image.shape,
  );
}
