import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { ensureTrainingKernels } from 'spine-xray-ml';
import { removeTrainingKernels } from 'spine-xray-ml/backend';
import { backendName, useTestBackend } from '../../support/backend.js';
import { waves } from '../../support/waves.js';

useTestBackend();
afterEach(() => removeTrainingKernels());

type Pad = 'same' | 'valid' | number;
type Geometry = readonly [
  height: number,
  width: number,
  size: readonly [number, number],
  strides: readonly [number, number],
  pad: Pad,
];
const geometries: readonly Geometry[] = [
  [7, 8, [3, 3], [1, 1], 'same'],
  [7, 8, [3, 3], [2, 2], 'same'],
  [8, 7, [3, 3], [2, 2], 'valid'],
  [7, 8, [2, 2], [2, 2], 'same'],
  [7, 8, [2, 2], [2, 2], 'valid'],
  [9, 6, [5, 3], [1, 2], 'same'],
  // tensorflow takes no margin by its width.
  ...(backendName === 'tensorflow' ? [] : [[7, 9, [3, 3], [2, 2], 1] as const]),
];

/** The definition: each output's gradient goes to its window's pixels inside the image, or to the first largest of them. */
function defined(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  [rows, columns]: readonly [number, number],
  strides: readonly [number, number],
  pad: Pad,
  kind: 'max' | 'average',
): number[] {
  const [, height, width, channels] = x.shape;
  const { padInfo } = tf.backend_util.computePool2DInfo(x.shape, [rows, columns], [...strides], 1, pad);
  const [values, gradient] = [x.dataSync(), dy.dataSync()];
  const result = new Array<number>(x.size).fill(0);
  gradient.forEach((above, index) => {
    const [sample, row, column, channel] = tf.util.indexToLoc(index, 4, tf.util.computeStrides(dy.shape)) as [
      number,
      number,
      number,
      number,
    ];
    const inside: number[] = [];
    for (let tap = 0; tap < rows * columns; tap++) {
      const y = row * strides[0] - padInfo.top + Math.floor(tap / columns);
      const z = column * strides[1] - padInfo.left + (tap % columns);
      if (y >= 0 && y < height && z >= 0 && z < width)
        inside.push(((sample * height + y) * width + z) * channels + channel);
    }
    const largest = inside.reduce((a, b) => (values[b]! > values[a]! ? b : a));
    for (const pixel of kind === 'max' ? [largest] : inside)
      result[pixel] = result[pixel]! + above / (kind === 'max' ? 1 : inside.length);
  });
  return result;
}

describe(`gradients of pooling on ${backendName}`, () => {
  // Numbers below 0, above 0, and both: wasm's own gradient of max pooling is wrong for the first.
  it.each(geometries.flatMap((geometry) => [-5, 0, 5].map((offset) => [...geometry, offset] as const)))(
    'are right: %i×%i, windows %j, strides %j, pad %s, around %i',
    (height, width, size, strides, pad, offset) => {
      ensureTrainingKernels();
      const tensors = tf.memory().numTensors;
      tf.tidy(() => {
        const x: tf.Tensor4D = tf.add(waves([2, height, width, 5], 1), offset);
        for (const kind of ['max', 'average'] as const) {
          const pool = (input: tf.Tensor) =>
            (kind === 'max' ? tf.maxPool : tf.avgPool)(
              input as tf.Tensor4D,
              [...size],
              [...strides],
              pad,
              typeof pad === 'number' ? 'floor' : undefined,
            );
          const dy = waves(pool(x).shape, 3) as tf.Tensor4D;
          const actual = tf.grad(pool)(x, dy).dataSync();
          const expected = defined(x, dy, size, strides, pad, kind);
          const farthest = Math.max(...expected.map((value, index) => Math.abs(value - actual[index]!)));
          expect(farthest, kind).toBeLessThan(1e-5);
        }
      });
      expect(tf.memory().numTensors).toBe(tensors);
    },
  );

  it('are put back as they were', () => {
    const own = ['AvgPoolGrad', 'MaxPoolGrad'].map((name) => tf.getKernel(name, backendName).kernelFunc);
    ensureTrainingKernels();
    removeTrainingKernels();
    expect(['AvgPoolGrad', 'MaxPoolGrad'].map((name) => tf.getKernel(name, backendName).kernelFunc)).toEqual(own);
  });
});
