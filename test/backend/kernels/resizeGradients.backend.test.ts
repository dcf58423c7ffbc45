import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureTrainingKernels } from 'spine-xray-ml';
import { removeTrainingKernels } from 'spine-xray-ml/backend';
import { backendName, useTestBackend } from '../../support/backend.js';
import { waves } from '../../support/waves.js';

useTestBackend();
beforeEach(() => void ensureTrainingKernels());
afterEach(() => removeTrainingKernels());

type Size = [height: number, width: number];
type Resize = (images: tf.Tensor4D, size: Size, alignCorners: boolean, halfPixelCenters: boolean) => tf.Tensor4D;

const resizes: Readonly<Record<string, Resize>> = {
  'the nearest neighbour': (images, ...rest) => tf.image.resizeNearestNeighbor(images, ...rest),
  'bilinear resizing': (images, ...rest) => tf.image.resizeBilinear(images, ...rest),
};

/** The definition, for what is linear: what reaches the result from an image that has 1 in one pixel, times dy, summed. */
function defined(
  resize: (images: tf.Tensor4D) => tf.Tensor4D,
  [samples, height, width, channels]: [number, number, number, number],
  dy: tf.Tensor4D,
): tf.Tensor {
  const pixels = height * width;
  const reached = tf.reshape(resize(tf.reshape(tf.eye(pixels), [pixels, height, width, 1])), [1, pixels, -1]);
  return tf.reshape(tf.matMul(tf.tile(reached, [samples, 1, 1]), tf.reshape(dy, [samples, -1, channels])), [
    samples,
    height,
    width,
    channels,
  ]);
}

const side = fc.integer({ min: 1, max: 6 });
// tensorflow's gradients know nothing of pixels' centres; no layer resizes by them.
const placement = fc.constantFrom<[boolean, boolean][]>(
  [false, false],
  [true, false],
  ...(backendName === 'tensorflow' ? [] : [[false, true] as [boolean, boolean]]),
);

describe(`gradients of resizing on ${backendName}`, () => {
  it.each(Object.entries(resizes))(
    'are, for %s, what its linearity says, for any sizes and number of samples',
    (_, resize) => {
      const tensors = tf.memory().numTensors;
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 3 }),
          fc.tuple(side, side),
          fc.tuple(side, side),
          fc.integer({ min: 1, max: 3 }),
          placement,
          (samples, image, resized, channels, [alignCorners, halfPixelCenters]) => {
            tf.tidy(() => {
              const x = waves([samples, ...image, channels], 1) as tf.Tensor4D;
              const dy = waves([samples, ...resized, channels], 2) as tf.Tensor4D;
              const resizing = (images: tf.Tensor) =>
                resize(images as tf.Tensor4D, resized, alignCorners, halfPixelCenters);
              const actual = tf.grad(resizing)(x, dy);
              const expected = defined(resizing, x.shape, dy);
              expect(actual.shape).toEqual(expected.shape);
              expect(farthest(actual.dataSync(), expected.dataSync())).toBeLessThan(1e-5);
            });
          },
        ),
      );
      expect(tf.memory().numTensors).toBe(tensors);
    },
  );

  it('sum, for UpSampling2D, over the pixels that an input pixel became', () => {
    const [samples, height, width, channels] = [3, 4, 5, 2] as const;
    const layer = tfl.layers.upSampling2d({ size: [2, 3] });
    tf.tidy(() => {
      const x = waves([samples, height, width, channels], 1);
      const dy = waves([samples, 2 * height, 3 * width, channels], 2);
      const actual = tf.grad((input: tf.Tensor) => layer.apply(input) as tf.Tensor)(x, dy);
      const expected = tf.sum(tf.reshape(dy, [samples * height, 2, width, 3, channels]), [1, 3]);
      expect(farthest(actual.dataSync(), expected.dataSync())).toBeLessThan(1e-5);
    });
  });
});

function farthest(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  return Math.max(...Array.from(expected, (value, index) => Math.abs(value - actual[index]!)));
}
