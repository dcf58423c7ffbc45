import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureTrainingKernels } from 'spine-xray-ml';
import { removeTrainingKernels } from 'spine-xray-ml/backend';
import { backendName, useTestBackend } from '../../support/backend.js';
import { waves } from '../../support/waves.js';

useTestBackend();
beforeEach(() => void ensureTrainingKernels());
afterEach(() => removeTrainingKernels());

type Axes = readonly [height: number, width: number];
const geometries: readonly (readonly [image: Axes, kernel: Axes, strides: Axes])[] = [
  // The first four step over the last rows or columns.
  [
    [18, 18],
    [2, 2],
    [3, 3],
  ],
  [
    [18, 18],
    [1, 5],
    [3, 2],
  ],
  [
    [17, 18],
    [3, 1],
    [1, 2],
  ],
  [
    [19, 17],
    [2, 3],
    [4, 4],
  ],
  [
    [16, 16],
    [1, 1],
    [2, 2],
  ],
  [
    [17, 18],
    [3, 3],
    [2, 2],
  ],
];

/** The definition, in loops, for padding 'same'. A depthwise one makes `last` channels of each, one after the other. */
function defined(x: tf.Tensor4D, filter: tf.Tensor4D, strides: Axes, depthwise: boolean): number[] {
  const [samples, height, width, channels] = x.shape;
  const [filterHeight, filterWidth, , last] = filter.shape;
  const counts = [Math.ceil(height / strides[0]), Math.ceil(width / strides[1])] as const;
  const before = [
    (counts[0] - 1) * strides[0] + filterHeight - height,
    (counts[1] - 1) * strides[1] + filterWidth - width,
  ].map((padding) => Math.floor(Math.max(0, padding) / 2)) as [number, number];
  const [pixels, weights] = [x.dataSync(), filter.dataSync()];
  const result: number[] = [];
  for (let out = 0; out < samples * counts[0] * counts[1] * (depthwise ? channels * last : last); out++) {
    const [sample, row, column, channel] = tf.util.indexToLoc(
      out,
      4,
      tf.util.computeStrides([samples, ...counts, depthwise ? channels * last : last]),
    ) as [number, number, number, number];
    let sum = 0;
    for (let tap = 0; tap < filterHeight * filterWidth * channels; tap++) {
      const input = tap % channels;
      const y = row * strides[0] - before[0] + Math.floor(tap / channels / filterWidth);
      const z = column * strides[1] - before[1] + (Math.floor(tap / channels) % filterWidth);
      if (y < 0 || y >= height || z < 0 || z >= width || (depthwise && input !== Math.floor(channel / last))) continue;
      sum +=
        pixels[((sample * height + y) * width + z) * channels + input]! *
        weights[tap * last + (depthwise ? channel % last : channel)]!;
    }
    result.push(sum);
  }
  return result;
}

const farthest = (actual: ArrayLike<number>, expected: readonly number[]) =>
  Math.max(...expected.map((value, index) => Math.abs(value - actual[index]!)));

describe(`convolutions padded to the same size on ${backendName}`, () => {
  // tensorflow's depthwise convolution takes equal strides only.
  const isAble = (strides: Axes, depthwise: boolean) =>
    backendName !== 'tensorflow' || !depthwise || strides[0] === strides[1];

  it.each(geometries.map((geometry) => [...geometry] as const))(
    'of %j by a kernel of %j, strides %j, are as defined',
    (image, kernel, strides) => {
      const tensors = tf.memory().numTensors;
      tf.tidy(() => {
        const x = waves([2, ...image, 3], 0.1) as tf.Tensor4D;
        for (const depthwise of [false, true]) {
          if (!isAble(strides, depthwise)) continue;
          const filter = waves([...kernel, 3, depthwise ? 2 : 4], 1.2) as tf.Tensor4D;
          const bias = waves([depthwise ? 6 : 4], 2.3);
          const options = { x, filter, strides: [...strides] as [number, number], pad: 'same' as const };
          const plain = (input: tf.Tensor) =>
            (depthwise ? tf.depthwiseConv2d : tf.conv2d)(input as tf.Tensor4D, filter, options.strides, 'same');
          const expected = defined(x, filter, strides, depthwise);
          expect(farthest(plain(x).dataSync(), expected), 'plain').toBeLessThan(1e-4);
          const fused = depthwise
            ? tf.fused.depthwiseConv2d({ ...options, bias, activation: 'relu' })
            : tf.fused.conv2d({ ...options, bias, activation: 'relu' });
          const shifts = bias.dataSync();
          expect(
            farthest(
              fused.dataSync(),
              expected.map((value, index) => Math.max(0, value + shifts[index % shifts.length]!)),
            ),
            'fused',
          ).toBeLessThan(1e-4);

          // Of half the sum of squares, along a direction: what the definition says of a linear map.
          const direction = waves(x.shape, 3.4) as tf.Tensor4D;
          const slope = tf
            .sum(tf.mul(tf.grad((input: tf.Tensor) => tf.mul(0.5, tf.sum(tf.square(plain(input)))))(x), direction))
            .dataSync()[0]!;
          const moved = defined(direction, filter, strides, depthwise);
          const exact = expected.reduce((sum, value, index) => sum + value * moved[index]!, 0);
          const size = Math.sqrt(
            expected.reduce((sum, value) => sum + value ** 2, 0) * moved.reduce((sum, value) => sum + value ** 2, 0),
          );
          expect(Math.abs(slope - exact) / size, 'gradient').toBeLessThan(1e-5);
        }
      });
      expect(tf.memory().numTensors).toBe(tensors);
    },
  );
});
