import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { evenMatMul } from '../../../src/backend/kernels/evenMatMul.js';
import { backendName, useTestBackend } from '../../support/backend.js';

useTestBackend();

const numbers = (shape: number[], phase: number) =>
  tf.tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(0.7 * i + phase)),
    shape,
  );

describe(`evenMatMul on ${backendName}`, () => {
  it.each(
    [2, 3, 1].flatMap((shared) => [false, true].flatMap((a) => [false, true].map((b) => [shared, a, b] as const))),
  )('is the product of sums of %i terms (transposed: %s, %s)', (shared, transposeA, transposeB) => {
    tf.tidy(() => {
      const a = numbers(transposeA ? [2, shared, 4] : [2, 4, shared], 1);
      const b = numbers(transposeB ? [2, 5, shared] : [2, shared, 5], 2);
      const lengths: number[] = [];
      const result = evenMatMul(a, b, { transposeA, transposeB }, (first, second) => {
        lengths.push(first.shape[transposeA ? 1 : 2]!);
        return tf.matMul(first, second, transposeA, transposeB);
      });
      expect(lengths).toEqual([2 * Math.ceil(shared / 2)]);
      expect(Array.from(result.dataSync())).toEqual(
        Array.from(tf.matMul(a, b, transposeA, transposeB).dataSync()).map(
          (value) => expect.closeTo(value, 5) as number,
        ),
      );
    });
  });
});
