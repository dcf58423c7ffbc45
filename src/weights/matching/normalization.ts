import type * as tfl from '@tensorflow/tfjs-layers';
import { imageNet } from '../../models/index.js';

/** Relative, for numbers that went through float32. */
const tolerance = 1e-4;

/**
 * Whether a model does to its images what Keras's EfficientNet does by its layer `normalization`, whose `mean` and
 * `variance`, one number a channel, lie in a weight file. Ours has no such layer: the input convention takes its place,
 * and weights trained on another would give wrong results silently.
 *
 * Keras's file of ImageNet weights holds the standard deviations where the variances belong, and
 * `EfficientNet(weights='imagenet')` divides by their roots once more: in all, by the standard deviations. A file of
 * weights that began at random holds mean 0 and variance 1, which agrees with `inputRange: [0, 1]`.
 */
export function normalizationAgrees(
  model: tfl.LayersModel,
  mean: ArrayLike<number>,
  variance: ArrayLike<number>,
): boolean {
  const channels = model.inputs[0]?.shape.at(-1);
  if (mean.length !== channels || variance.length !== channels) return false;
  const holdsDeviations = imageNet.deviation.every((deviation, channel) => close(deviation, variance[channel]!));
  const { scale, offset } = imageMapping(model);
  return Array.from(mean).every((channelMean, channel) => {
    const spread = variance[channel]!;
    const expected = 1 / (holdsDeviations ? spread : Math.sqrt(spread));
    return close(scale(channel), expected) && close(offset(channel), -channelMean * expected);
  });
}

/** How the model maps an image in [0, 1] before its first convolution: by channel, scale · image + offset. */
function imageMapping(model: tfl.LayersModel) {
  const config = model.layers.find(({ name }) => name === 'input_range')?.getConfig() as
    { scale: number | number[]; offset: number | number[] } | undefined;
  const { scale, offset } = config ?? { scale: 1, offset: 0 };
  const of = (values: number | number[]) => (channel: number) =>
    typeof values === 'number' ? values : values[channel]!;
  return { scale: of(scale), offset: of(offset) };
}

function close(a: number, b: number): boolean {
  return Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b));
}
