import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Random } from '../random.js';

/** What is dropped together: along an axis of 1 all of it, along one of null nothing (Keras's `noise_shape`). */
type NoiseShape = readonly (number | null)[];

export function isDropout(layer: tfl.layers.Layer): boolean {
  return layer.getClassName() === 'Dropout' && (layer.getConfig()['rate'] as number) > 0;
}

/**
 * Drops a fraction of the values and scales the others up, by a mask from the seeded stream: a new one each time. With a
 * noise shape, one draw counts for all values that it joins: [null, 1, 1, 1] drops whole samples.
 */
export function dropout(layer: tfl.layers.Layer, x: tf.Tensor, random: Random): tf.Tensor {
  const { rate, noiseShape } = configOf(layer);
  const shape = noiseShape ? noiseShape.map((side, axis) => side ?? (x.shape[axis] as number)) : x.shape;
  const size = shape.reduce((product, side) => product * side, 1);
  const kept = 1 / (1 - rate);
  const mask = Float32Array.from({ length: size }, () => (random.chance(rate) ? 0 : kept));
  return tf.mul(x, tf.tensor(mask, shape));
}

/** What is wrong with a dropout's noise shape, if anything is: it must spread over inputs of any batch size. */
export function noiseShapeProblem(layer: tfl.layers.Layer): string | undefined {
  const { noiseShape } = configOf(layer);
  if (!noiseShape) return undefined;
  const inputShape = layer.inboundNodes[0]?.inputShapes[0] as NoiseShape | undefined;
  const spreads = noiseShape.length === inputShape?.length && noiseShape.every((side, axis) => side === null || side === 1 || side === inputShape[axis]);
  return spreads ? undefined : `its noise shape ${JSON.stringify(noiseShape)} does not spread over its input ${JSON.stringify(inputShape)}`;
}

function configOf(layer: tfl.layers.Layer): { readonly rate: number; readonly noiseShape?: NoiseShape | null } {
  return layer.getConfig() as unknown as { rate: number; noiseShape?: NoiseShape | null };
}
