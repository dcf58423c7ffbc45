import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { ensureTrainingKernels, useBackend } from 'spine-xray-ml';
import { removeTrainingKernels, restartBackend } from 'spine-xray-ml/backend';
import { backendName, useTestBackend } from '../../support/backend.js';

useTestBackend();
afterEach(() => removeTrainingKernels());

const product = () =>
  Array.from(
    tf.tidy(() => tf.matMul(tf.tensor2d([1, 2, 3, 4], [2, 2]), tf.tensor2d([1, 2, 3, 4], [2, 2]), true)).dataSync(),
  );

describe(`kernels that training replaces on ${backendName}`, () => {
  it('slice as defined, any part of any shape and type', () => {
    ensureTrainingKernels();
    const axis = fc
      .integer({ min: 0, max: 4 })
      .chain((side) =>
        fc
          .integer({ min: 0, max: side })
          .chain((begin) => fc.tuple(fc.constant(side), fc.constant(begin), fc.integer({ min: 0, max: side - begin }))),
      );
    fc.assert(
      fc.property(
        fc.array(axis, { minLength: 1, maxLength: 5 }),
        fc.constantFrom('float32', 'int32', 'bool'),
        (axes, type) => {
          const [shape, begin, size] = [0, 1, 2].map((part) => axes.map((of) => of[part]!)) as [
            number[],
            number[],
            number[],
          ];
          const count = shape.reduce((a, b) => a * b, 1);
          const values = Array.from({ length: count }, (_, index) => (type === 'bool' ? (index % 3) % 2 : index));
          const strides = tf.util.computeStrides([...shape, 1]);
          const expected: number[] = [];
          const visit = (at: number, offset: number): void => {
            if (at === shape.length) expected.push(values[offset]!);
            else
              for (let index = 0; index < size[at]!; index++)
                visit(at + 1, offset + (begin[at]! + index) * strides[at]!);
          };
          visit(0, 0);
          const actual = tf.tidy(() => tf.slice(tf.tensor(values, shape, type), begin, size)).dataSync();
          expect(Array.from(actual)).toEqual(expected);
        },
      ),
    );
  });

  // On wasm what arrives may make the heap grow, which detaches every view of it.
  it.runIf(backendName === 'wasm')('take what another backend holds, though it may move the whole memory', async () => {
    await import('@tensorflow/tfjs-backend-cpu');
    await useBackend('cpu');
    const large = tf.tensor4d(
      Float32Array.from({ length: 2 ** 24 }, (_, index) => index % 1000),
      [1, 2 ** 11, 2 ** 11, 4],
    );
    await useBackend(backendName);
    ensureTrainingKernels();
    expect(Array.from(tf.slice(large, [0, 1, 0, 1], [1, 1, 1, 3]).dataSync())).toEqual([193, 194, 195]);
    await useBackend('cpu');
    const other = tf.add(large, 0);
    await useBackend(backendName);
    const total = tf
      .tidy(() =>
        tf.sum(
          tf.grad((x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid'))(
            other,
            tf.ones([1, 2 ** 10, 2 ** 10, 4]),
          ),
        ),
      )
      .dataSync()[0];
    expect(total).toBe(2 ** 22);
    tf.dispose([large, other]);
  });

  it('work on a backend that was started anew, and after they are taken back there', async () => {
    ensureTrainingKernels();
    const expected = product();
    await restartBackend(backendName);
    expect(product()).toEqual(expected);
    removeTrainingKernels();
    expect(product()).toEqual(expected);
  });

  it('are all taken back, even where somebody else took one away before', () => {
    const had = new Set(
      (tf.getKernelsForBackend(backendName) as { kernelName: string }[]).map(({ kernelName }) => kernelName),
    );
    const added = ensureTrainingKernels();
    for (const kernelName of added.slice(0, 1)) tf.unregisterKernel(kernelName, backendName);
    removeTrainingKernels();
    expect(
      new Set((tf.getKernelsForBackend(backendName) as { kernelName: string }[]).map(({ kernelName }) => kernelName)),
    ).toEqual(had);
    expect(ensureTrainingKernels()).toEqual(added);
  });
});
