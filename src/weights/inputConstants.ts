import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { NamedArrays } from './namedArrays.js';
import { constantsLayer } from './matchNames.js';

/** Relative rounding allowed between the constants of a file and those built into a model. */
const tolerance = 1e-4;

/**
 * The names among `unexpected` that hold what the model has built in: mean, variance and count of EfficientNet's
 * `normalization`, where the model's `input_convention` maps images in the same way. They are neither missing nor
 * unexpected; where they disagree they stay unexpected.
 */
export function builtInConstants(model: tfl.LayersModel, weights: NamedArrays, unexpected: readonly string[]): ReadonlySet<string> {
  const layer = model.layers.find(({ name }) => name === constantsLayer);
  const names = unexpected.filter((name) => /^(?:.*\/)?normalization(?:_\d+)?\/(?:mean|variance|count)$/.test(name));
  const values = (variable: string) => Array.from(weights.get(names.find((name) => name.endsWith(`/${variable}`)) ?? '')?.data ?? []);
  if (layer === undefined || !agrees(layer, values('mean'), values('variance'))) return new Set();
  return new Set(names);
}

/**
 * Whether a layer maps each channel x to (x − mean) / deviation, to a factor: Keras holds the deviation as the square
 * root of `variance` or, for ImageNet, as `variance` itself. The layer is asked for its values, whatever its kind.
 */
function agrees(layer: tfl.layers.Layer, mean: readonly number[], variance: readonly number[]): boolean {
  if (mean.length === 0 || mean.length !== variance.length) return false;
  const [offset, sum] = tf.tidy(() => {
    const mapped = (value: number) => Array.from((layer.apply(tf.fill([1, 1, 1, mean.length], value)) as tf.Tensor).dataSync());
    return [mapped(0), mapped(1)];
  }) as unknown as [number[], number[]];
  const slope = sum.map((value, channel) => value - (offset[channel] as number));
  const isClose = (a: number, b: number) => Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b), tolerance);
  const deviations = [variance.map(Math.sqrt), variance];
  return (
    slope.length === mean.length &&
    mean.every((value, channel) => isClose(-(offset[channel] as number) / (slope[channel] as number), value)) &&
    deviations.some((deviation) => {
      const factors = slope.map((value, channel) => value * (deviation[channel] as number));
      return factors.every((factor) => isClose(factor, factors[0] as number));
    })
  );
}
