import * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { withRows } from '../../../src/backend/kernels/wasmHeap.js';
import { backendName, useTestBackend } from '../../support/backend.js';

useTestBackend();

const matrix = (rows: number, columns: number): tf.Tensor2D =>
  tf.tensor2d(
    Float32Array.from({ length: rows * columns }, (_, index) => index + 1),
    [rows, columns],
  );

describe('rows of a matrix', () => {
  it('are what a slice gives, and leave the matrix as it was', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat(),
        fc.nat(),
        async (height, columns, start, length) => {
          const first = start % height;
          const count = 1 + (length % (height - first));
          const x = matrix(height, columns);
          const before = tf.memory().numTensors;
          const doubled = tf.tidy(() => withRows(x, first, count, (rows) => tf.mul(rows, 2)));
          const copied = tf.tidy(() =>
            withRows(x, first, count, (rows) => tf.add(tf.reshape(rows, [columns, count]), 0)),
          );
          expect(doubled.shape).toEqual([count, columns]);
          const expected = Array.from({ length: count * columns }, (_, index) => first * columns + index + 1);
          expect(Array.from(await doubled.data())).toEqual(expected.map((value) => value * 2));
          expect(copied.shape).toEqual([columns, count]);
          expect(Array.from(await copied.data())).toEqual(expected);
          doubled.dispose();
          copied.dispose();
          expect(tf.memory().numTensors).toBe(before);
          expect(Array.from(await x.data())).toEqual(Array.from({ length: height * columns }, (_, index) => index + 1));
          x.dispose();
        },
      ),
    );
  });

  it('free no memory of the matrix, whatever happens to whoever uses them', async () => {
    const x = matrix(1000, 64);
    const tensors = tf.memory().numTensors;
    for (let round = 0; round < 50; round++) {
      expect(() =>
        tf.tidy(() =>
          withRows(x, 10 * round, 10, () => {
            throw new Error('on the way');
          }),
        ),
      ).toThrow('on the way');
      tf.dispose(tf.tidy(() => withRows(x, 10 * round, 10, (rows) => withRows(rows, 2, 3, (inner) => tf.sum(inner)))));
      // Would get the memory that was freed by mistake, and write over it.
      tf.dispose(tf.fill([10, 64], -1));
    }
    expect(tf.memory().numTensors).toBe(tensors);
    expect(Array.from(await x.data())).toEqual(Array.from({ length: 64_000 }, (_, index) => index + 1));
    x.dispose();
  });

  it.each([
    [1, 2],
    [0, 5],
  ])('may not be returned, nor a view of them, in any container: rows from %i, %i of 5', async (first, count) => {
    const x = matrix(5, 3);
    const tensors = tf.memory().numTensors;
    const returned: ((rows: tf.Tensor2D) => tf.TensorContainer)[] = [
      (rows) => rows,
      // tensorflow's reshape is a copy.
      ...(backendName === 'tensorflow'
        ? []
        : [
            (rows: tf.Tensor2D) => tf.reshape(rows, [-1]),
            (rows: tf.Tensor2D) => [tf.scalar(1), { inside: tf.reshape(rows, [3, -1]) }],
          ]),
    ];
    for (const use of returned) expect(() => tf.tidy(() => withRows(x, first, count, use))).toThrow('lies in the rows');
    expect(tf.memory().numTensors).toBe(tensors);
    expect(Array.from(await x.data())).toEqual(Array.from({ length: 15 }, (_, index) => index + 1));
    x.dispose();
  });

  it('are of float32', () => {
    const x = tf.tensor2d(
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      [3, 2],
      'int32',
    );
    for (const first of [0, 1])
      expect(() => withRows(x, first, 3 - first, (rows) => tf.add(rows, 0))).toThrow('not of int32');
    x.dispose();
  });
});
