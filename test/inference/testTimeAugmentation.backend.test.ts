import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import {
  extractFeatures,
  horizontalFlip,
  isSpineError,
  mapImages,
  predictDataset,
  type TestTimeAugmentationOptions,
} from 'spine-xray-ml';
import { backendName, useTestBackend } from '../support/backend.js';
import { halves, smallXception } from '../training/support.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
});

const films = halves(5, 1);
const nothingBut: TestTimeAugmentationOptions = {
  seed: 1,
  views: 1,
  transpose: false,
  shiftScaleRotate: false,
  horizontalFlip: false,
  verticalFlip: false,
  brightnessContrast: false,
};

describe(`predictions over views on ${backendName}`, () => {
  it('are the mean over a film and its views', async () => {
    const model = smallXception();
    const before = tf.memory().numTensors;
    const own = await predictDataset(model, films);
    const mirrored = await predictDataset(
      model,
      mapImages(films, (image) => horizontalFlip.apply(image, {})),
    );
    const both = await predictDataset(model, films, { augment: { ...nothingBut, horizontalFlip: { probability: 1 } } });
    expect(tf.memory().numTensors).toBe(before);
    expect({ ...both, probabilities: 0 }).toEqual({ ...own, probabilities: 0 });
    expect(both.probabilities.shape).toEqual([5, 2]);
    Array.from(both.probabilities.data).forEach((value, index) =>
      expect(value).toBeCloseTo((own.probabilities.data[index]! + mirrored.probabilities.data[index]!) / 2, 5),
    );
    expect(
      Math.max(
        ...Array.from(both.probabilities.data, (value, index) => Math.abs(value - own.probabilities.data[index]!)),
      ),
    ).toBeGreaterThan(1e-5);
  });

  it('do not depend on the batch size, the films beside, or anything but the seed', async () => {
    const model = smallXception();
    const augment: TestTimeAugmentationOptions = { seed: 3, views: 4 };
    const done: number[] = [];
    const one = await predictDataset(model, films, { augment, batchSize: 1 });
    const seven = await predictDataset(model, films, {
      augment,
      batchSize: 7,
      onProgress: (progress) => done.push(progress.done),
    });
    const last = await predictDataset(model, films.slice(-1), { augment });
    const other = await predictDataset(model, films, { augment: { ...augment, seed: 4 } });
    Array.from(one.probabilities.data).forEach((value, index) =>
      expect(seven.probabilities.data[index]).toBeCloseTo(value, 5),
    );
    expect(last.probabilities.data[0]).toBeCloseTo(one.probabilities.get(4, 0), 5);
    expect(
      Math.max(
        ...Array.from(one.probabilities.data, (value, index) => Math.abs(value - other.probabilities.data[index]!)),
      ),
    ).toBeGreaterThan(1e-5);
    expect(done).toEqual([1, 2, 4, 5]);
  });

  it('reject when they are aborted in the last batch', async () => {
    const model = smallXception();
    for (const work of [predictDataset, extractFeatures]) {
      const controller = new AbortController();
      const reason = new Error('enough');
      const aborted = work(model, films, {
        signal: controller.signal,
        onProgress: ({ done, total }) => {
          if (done === total) controller.abort(reason);
        },
      });
      await expect(aborted).rejects.toBe(reason);
    }
  });

  it.each<[string, Partial<TestTimeAugmentationOptions>]>([
    ['no seed', { seed: undefined as unknown as number }],
    ['no view', { views: 0 }],
    ['half a view', { views: 0.5 }],
    ['an impossible chance', { horizontalFlip: { probability: 2 } }],
  ])('refuse %s', async (_, wrong) => {
    await expect(predictDataset(smallXception(), films, { augment: { ...nothingBut, ...wrong } })).rejects.toSatisfy(
      (error) => isSpineError(error, 'invalid-argument'),
    );
  });
});
