import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { ensureTrainingKernels } from 'spine-xray-ml';
import { removeTrainingKernels } from 'spine-xray-ml/backend';
import {
  conv2dFilterGradient,
  conv2dInputGradient,
  depthwiseFilterGradient,
  depthwiseInputGradient,
} from '../../../src/backend/kernels/convolutionGradients.js';
import { backendName, useTestBackend } from '../../support/backend.js';

useTestBackend();
afterEach(() => removeTrainingKernels());

/** A smooth pseudo-random tensor, the same on every backend. */
function waves(shape: readonly number[], phase: number): tf.Tensor4D {
  const size = shape.reduce((a, b) => a * b, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i * 0.7 + phase) + 0.3 * Math.cos(i * 1.93)),
    [...shape] as [number, number, number, number],
  ) as tf.Tensor4D;
}

type Pad = 'same' | 'valid' | number;
const geometries: readonly [
  height: number,
  width: number,
  kernel: [number, number],
  strides: [number, number],
  pad: Pad,
][] = [
  [6, 5, [1, 1], [1, 1], 'same'],
  [7, 6, [1, 1], [2, 2], 'same'],
  [8, 8, [1, 1], [2, 2], 'valid'],
  [7, 7, [3, 3], [1, 1], 'same'],
  [8, 7, [3, 3], [1, 1], 'valid'],
  [9, 8, [3, 3], [2, 2], 'same'],
  [10, 9, [3, 3], [2, 2], 'valid'],
  [11, 13, [7, 7], [2, 2], 'same'],
  [9, 12, [5, 3], [1, 2], 'same'],
  [9, 9, [2, 2], [2, 2], 'valid'],
  [12, 12, [11, 11], [4, 4], 2],
  [8, 9, [1, 7], [1, 1], 'same'],
  [10, 11, [3, 3], [2, 2], 1],
  // Strides that step over the last pixels.
  [18, 18, [2, 2], [3, 3], 'same'],
  [18, 17, [1, 5], [3, 2], 'same'],
  [17, 8, [2, 1], [4, 3], 'same'],
];

// The definition: a convolution is a sum over taps, and differentiating a gather of pixels needs no convolution kernel.
function referenceConvolution(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  strides: [number, number],
  pad: Pad,
  depthwise: boolean,
): tf.Tensor4D {
  const info = tf.backend_util.computeConv2DInfo(x.shape, filter.shape, strides, 1, pad, undefined, depthwise);
  const [kh, kw, cin, last] = filter.shape;
  const { top, left } = info.padInfo;
  const padded = tf.pad(x, [
    [0, 0],
    [top, kh + strides[0]],
    [left, kw + strides[1]],
    [0, 0],
  ]);
  let sum: tf.Tensor | undefined;
  for (let i = 0; i < kh; i++) {
    for (let j = 0; j < kw; j++) {
      const rows = tf
        .range(0, info.outHeight, 1, 'int32')
        .arraySync()
        .map((r) => r * strides[0] + i);
      const columns = tf
        .range(0, info.outWidth, 1, 'int32')
        .arraySync()
        .map((c) => c * strides[1] + j);
      const seen = tf.concat(
        columns.map((c) =>
          tf.concat(
            rows.map((r) => tf.slice(padded, [0, r, c, 0], [-1, 1, 1, -1])),
            1,
          ),
        ),
        2,
      );
      const tap = tf.reshape(tf.slice(filter, [i, j, 0, 0], [1, 1, -1, -1]), [cin, last]);
      const product = depthwise
        ? tf.reshape(tf.mul(tf.expandDims(seen, 4), tap), [x.shape[0], info.outHeight, info.outWidth, cin * last])
        : tf.sum(tf.mul(tf.expandDims(seen, 4), tap), 3);
      sum = sum === undefined ? product : tf.add(sum, product);
    }
  }
  return sum as tf.Tensor4D;
}

function relativeDifference(actual: tf.Tensor, expected: tf.Tensor): number {
  return tf.tidy(
    () => tf.div(tf.max(tf.abs(tf.sub(actual, expected))), tf.add(tf.max(tf.abs(expected)), 1e-6)).dataSync()[0]!,
  );
}

describe(`gradients of convolutions on ${backendName}`, () => {
  it.each(geometries)('%i×%i, kernel %j, strides %j, pad %s', (height, width, [kh, kw], strides, pad) => {
    tf.tidy(() => {
      const x = waves([2, height, width, 3], 0.1);
      for (const depthwise of [false, true]) {
        const filter = waves([kh, kw, 3, depthwise ? 2 : 4], 1.2);
        const dy = waves(referenceConvolution(x, filter, strides, pad, depthwise).shape, 2.3);
        const [dx, dfilter] = tf.grads((a: tf.Tensor, b: tf.Tensor) =>
          referenceConvolution(a as tf.Tensor4D, b as tf.Tensor4D, strides, pad, depthwise),
        )([x, filter], dy) as [tf.Tensor4D, tf.Tensor4D];
        const ours = depthwise
          ? [
              depthwiseInputGradient(x.shape, dy, filter, strides, pad),
              depthwiseFilterGradient(x, dy, filter.shape, strides, pad),
            ]
          : [
              conv2dInputGradient(x.shape, dy, filter, strides, pad),
              conv2dFilterGradient(x, dy, filter.shape, strides, pad),
            ];
        expect(relativeDifference(ours[0] as tf.Tensor, dx)).toBeLessThan(1e-4);
        expect(relativeDifference(ours[1] as tf.Tensor, dfilter)).toBeLessThan(1e-4);
      }
    });
  });

  it('registers what the backend lacks, once, and takes it back', () => {
    const grads = () =>
      tf.tidy(() => {
        const [dx, dfilter] = tf.grads((x: tf.Tensor, f: tf.Tensor) =>
          tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 2, 'same'),
        )([waves([2, 7, 7, 3], 0), waves([3, 3, 3, 4], 1)]) as [tf.Tensor, tf.Tensor];
        return [...dx.dataSync(), ...dfilter.dataSync()];
      });
    const expected = { cpu: 3, wasm: 14, tensorflow: 2 }[backendName];
    if (backendName === 'wasm') expect(grads).toThrow(/Conv2DBackpropFilter/);
    const before = tf.memory().numTensors;
    expect(ensureTrainingKernels()).toHaveLength(expected);
    expect(ensureTrainingKernels()).toHaveLength(0);
    expect(grads()).toHaveLength(2 * 7 * 7 * 3 + 3 * 3 * 3 * 4);
    expect(tf.memory().numTensors).toBe(before);
    removeTrainingKernels();
    if (backendName === 'wasm') expect(grads).toThrow(/Conv2DBackpropFilter/);
  });
});
