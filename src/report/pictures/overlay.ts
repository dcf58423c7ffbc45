import { SpineError } from '../../errors.js';
import { checked, listOf, numberFrom, optionsOf } from '../../options.js';
import type { Explanation } from '../../explain/index.js';
import { explanationRule } from './explanationRule.js';
import { extent, shrink, type Picture } from './pictures.js';
import { redTransparentBlue } from './shapColors.js';

/** How an overlay is drawn. */
export interface OverlayOptions {
  /** Value at which the colours are opaque; the scale runs from −scale to +scale. Default {@link sharedScale} of the explanation alone. */
  readonly scale?: number;
  /** Opacity of the grey picture beneath, on white. Default 0.15, as SHAP draws it. */
  readonly backgroundOpacity?: number;
}

/** The defaults of {@link overlay}. */
export const overlayDefaults = { backgroundOpacity: 0.15 } as const;

export const overlayOptions = optionsOf<OverlayOptions, typeof overlayDefaults>(
  'overlay',
  { scale: numberFrom(0), backgroundOpacity: numberFrom(0, 1) },
  overlayDefaults,
);

/**
 * The scale that SHAP's `image_plot` gives a figure: the 99.9 percentile of |value|, values summed over channels, over
 * every pixel of every output of all `explanations`, so that colours mean the same in all of them. Where that is 0 (an
 * explanation of isolated pixels) it is the largest |value|; where all values are 0 it is 0, and overlays are then
 * transparent. SHAP itself paints such panels solid blue.
 *
 * @throws SpineError `invalid-argument` for what is no list of explanations.
 */
export function sharedScale(explanations: readonly Explanation[]): number {
  checked('explanations', explanations, listOf(explanationRule));
  const magnitudes: number[] = [];
  for (const explanation of explanations) {
    for (let output = 0; output < explanation.outputNames.length; output++) {
      for (const value of valuesByPixel(explanation, output)) {
        if (!Number.isNaN(value)) magnitudes.push(Math.abs(value));
      }
    }
  }
  const sorted = Float64Array.from(magnitudes).sort();
  if (sorted.length === 0) return 0;
  return percentile(sorted, 0.999) || sorted[sorted.length - 1]!;
}

/**
 * One output of an explanation drawn over its image, as in Fig. 14 and in SHAP's `image_plot`: values summed over
 * channels in SHAP's red–transparent–blue, over the grey picture (0.2989 R + 0.5870 G + 0.1140 B, stretched to its own
 * range) at 15 % on white. Red raised the output, blue lowered it.
 *
 * @param output index into `explanation.outputNames`.
 * @returns RGB, of the explanation's own height and width.
 * @throws SpineError `invalid-argument` for what is no explanation, or if there is no such output; `image-shape` if values and image differ in size.
 */
export function overlay(explanation: Explanation, output: number, options: OverlayOptions = {}): Picture {
  const settings = overlayOptions.check(options);
  checked('explanation', explanation, explanationRule);
  if (!(output in explanation.outputNames)) {
    throw new SpineError(
      'invalid-argument',
      `The explanation has ${explanation.outputNames.length} outputs, got index ${output}.`,
    );
  }
  requireSameSize(explanation);
  const { scale = sharedScale([explanation]), backgroundOpacity } = settings;
  const sums = valuesByPixel(explanation, output);
  const grey = greyLevels(explanation);
  const [height, width] = explanation.values.shape as [number, number];
  const data = new Uint8Array(height * width * 3);

  for (let pixel = 0; pixel < sums.length; pixel++) {
    const position = scale > 0 ? (sums[pixel]! + scale) / (2 * scale) : 0.5;
    const [red, green, blue, alpha] = redTransparentBlue(position);
    const under = 255 * (1 - backgroundOpacity * (1 - grey[pixel]!));
    data[3 * pixel] = Math.round(red * alpha + under * (1 - alpha));
    data[3 * pixel + 1] = Math.round(green * alpha + under * (1 - alpha));
    data[3 * pixel + 2] = Math.round(blue * alpha + under * (1 - alpha));
  }
  return { width, height, channels: 3, data };
}

/** Values of one output summed over channels: one number a pixel, row-major. */
function valuesByPixel(explanation: Explanation, output: number): Float64Array {
  const { data, shape, stride, offset } = explanation.values;
  const [height, width, channels] = shape as [number, number, number];
  const [rowStride, columnStride, channelStride, outputStride] = stride as [number, number, number, number];
  const sums = new Float64Array(height * width);
  for (let pixel = 0; pixel < sums.length; pixel++) {
    const row = Math.floor(pixel / width);
    const start = offset + row * rowStride + (pixel - row * width) * columnStride + output * outputStride;
    for (let channel = 0; channel < channels; channel++) {
      sums[pixel] = sums[pixel]! + data[start + channel * channelStride]!;
    }
  }
  return sums;
}

function requireSameSize({ image, values }: Explanation): void {
  if (image.shape[0] !== values.shape[0] || image.shape[1] !== values.shape[1]) {
    throw new SpineError(
      'image-shape',
      `An explanation's values must have its image's height and width, got [${values.shape.join(', ')}] for an image [${image.shape.join(', ')}].`,
    );
  }
}

/** The image's luminance stretched to [0, 1]; a constant image is 0 throughout. */
function greyLevels(explanation: Explanation): Float64Array {
  const { data, channels, width, height } = shrink(explanation.image, Infinity);
  const grey = new Float64Array(width * height);
  for (let pixel = 0; pixel < grey.length; pixel++) {
    const at = pixel * channels;
    grey[pixel] = channels === 1 ? data[at]! : 0.2989 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!;
  }
  const [low, high] = extent(grey);
  return grey.map((value) => (high > low ? (value - low) / (high - low) : 0));
}

/** Linear interpolation between order statistics, as numpy's default. */
function percentile(sorted: Float64Array, fraction: number): number {
  const place = fraction * (sorted.length - 1);
  const before = Math.floor(place);
  const low = sorted[before]!;
  const high = sorted[Math.min(before + 1, sorted.length - 1)]!;
  return low + (place - before) * (high - low);
}
