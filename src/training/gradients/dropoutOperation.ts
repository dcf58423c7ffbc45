import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import type { Random } from '../../random.js';
import { dropoutConfig } from '../../network/index.js';
import type { Operation } from './operation.js';

/**
 * Drops a fraction of the values and scales the others up, by a mask from the seeded stream: a new one each time. With
 * a noise shape, one draw counts for all values that it joins: [null, 1, 1, 1] drops whole samples.
 */
export function dropoutOperation(layer: tfl.layers.Layer, inputs: readonly number[], output: number): Operation {
  return {
    inputs,
    output,
    isCostly: false,
    reads: { inputs: false, output: false },
    variables: [],
    forward([x], notes) {
      const input = x!;
      const mask = notes.get('mask') ?? drawMask(layer, input.shape, notes.random);
      notes.keep('mask', mask);
      return tf.mul(input, mask);
    },
    backward: ({ dy, notes }) => ({ inputs: [tf.mul(dy, notes.get('mask')!)], variables: new Map() }),
  };
}

function drawMask(layer: tfl.layers.Layer, inputShape: readonly number[], random: Random): tf.Tensor {
  const { rate, noiseShape } = dropoutConfig(layer);
  const shape = noiseShape ? noiseShape.map((side, axis) => side ?? inputShape[axis]!) : [...inputShape];
  const size = shape.reduce((product, side) => product * side, 1);
  const kept = 1 / (1 - rate);
  return tf.tensor(
    Float32Array.from({ length: size }, () => (random.chance(rate) ? 0 : kept)),
    shape,
  );
}
