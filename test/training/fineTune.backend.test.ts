import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import {
  augmentDataset,
  batches,
  extractFeatures,
  fineTune,
  isSpineError,
  metrics,
  predictDataset,
  type Dataset,
  type FineTuneOptions,
  type Stage,
} from 'spine-xray-ml';
import { removeTrainingKernels } from 'spine-xray-ml/backend';
import { backendName, useTestBackend } from '../support/backend.js';
import { changed, halves, side, smallXception, weightValues } from './support.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
  removeTrainingKernels();
});

const headStage: Stage = { name: 'head', unfreeze: 'head', epochs: 2, learningRate: 1e-2 };
const lastStage: Stage = { name: 'last', unfreeze: { from: 'block3_sepconv1' }, epochs: 2, learningRate: 1e-3 };
const data = { train: halves(12, 1), validation: halves(6, 2) };
const options = (more: Partial<FineTuneOptions> = {}): FineTuneOptions => ({
  seed: 5,
  batchSize: 4,
  stages: [headStage, lastStage],
  ...more,
});

describe(`fineTune on ${backendName}`, () => {
  it('learns what can be learned, with every layer unfrozen', async () => {
    const model = smallXception(3, 0);
    const stage: Stage = { name: 'all', unfreeze: 'all', epochs: 8, learningRate: 3e-3 };
    const history = await fineTune(
      model,
      { train: halves(16, 1), validation: halves(4, 2) },
      { seed: 1, batchSize: 8, stages: [stage] },
    );
    const { epochs } = history.stages[0]!;
    expect(epochs.at(-1)?.loss).toBeLessThan(0.5 * epochs[0]!.loss);
    expect(metrics.accuracy(await predictDataset(model, halves(12, 3)))).toBeGreaterThanOrEqual(0.9);
  });

  it('trains the head alone, then the last layers, leaving all others unchanged to the bit', async () => {
    const model = smallXception();
    const start = weightValues(model);
    let between = start;
    await fineTune(
      model,
      data,
      options({
        onStage: ({ name }) => {
          if (name === 'head') between = weightValues(model);
        },
      }),
    );
    const head = changed(start, between);
    expect(head.sort()).toEqual(['head_dense_1/bias', 'head_dense_1/kernel', 'predictions/bias', 'predictions/kernel']);
    const last = changed(between, weightValues(model));
    expect(last).toContain('block3_sepconv1/depthwise_kernel');
    expect(last).toContain('block3_sepconv2/pointwise_kernel');
    expect(last).toContain('block3_sepconv2_bn/gamma');
    expect(last.filter((name) => /block[12]_|moving_/.test(name))).toEqual([]);
  });

  it('moves the statistics of trained batch norms only', async () => {
    const model = smallXception();
    const start = weightValues(model);
    await fineTune(model, data, options({ stages: [{ ...lastStage, batchNorm: 'trained' }] }));
    const moved = changed(start, weightValues(model)).filter((name) => name.includes('moving_'));
    expect(moved.sort()).toEqual([
      'batch_normalization_2/moving_mean',
      'batch_normalization_2/moving_variance',
      'block3_sepconv1_bn/moving_mean',
      'block3_sepconv1_bn/moving_variance',
      'block3_sepconv2_bn/moving_mean',
      'block3_sepconv2_bn/moving_variance',
    ]);
  });

  it('gives the same bytes for the same seed, and others for another', async () => {
    const run = async (seed: number) => {
      const model = smallXception();
      const history = await fineTune(model, data, options({ seed }));
      return {
        losses: history.stages.map(({ epochs }) => epochs.map(({ loss }) => loss)),
        weights: weightValues(model),
      };
    };
    const first = await run(5);
    const again = await run(5);
    // TensorFlow's threads add in an order of their own.
    if (backendName !== 'tensorflow') {
      expect(again).toEqual(first);
    } else {
      again.losses.flat().forEach((loss, index) => expect(loss).toBeCloseTo(first.losses.flat()[index]!, 4));
    }
    expect((await run(6)).losses).not.toEqual(first.losses);
  });

  it('comes to the same with and without the cache of frozen layers', async () => {
    const run = async (cacheBytes: number) => {
      const cached: string[] = [];
      const history = await fineTune(
        smallXception(),
        data,
        options({
          cache: { bytes: cacheBytes },
          onCache: ({ stage, done, total }) => {
            if (done === total) cached.push(stage);
          },
        }),
      );
      return { cached, epochs: history.stages.flatMap(({ epochs }) => epochs) };
    };
    const kept = await run(2 ** 30);
    const rerun = await run(0);
    // What the last stage freezes is read once, before the first; the head's stage goes on from there.
    expect(kept.cached).toEqual(['head']);
    expect(rerun.cached).toEqual([]);
    kept.epochs.forEach((epoch, index) => {
      expect(epoch.loss).toBeCloseTo(rerun.epochs[index]!.loss, 4);
      expect(epoch.validationLoss).toBeCloseTo(rerun.epochs[index]!.validationLoss, 4);
    });
  });

  it('does not keep samples that are drawn anew in each epoch', async () => {
    const train = augmentDataset(data.train, { seed: 1, total: 16, perEpoch: true });
    const cached: string[] = [];
    await fineTune(
      smallXception(),
      { ...data, train },
      options({ stages: [headStage], onCache: ({ stage }) => cached.push(stage) }),
    );
    expect(cached).toEqual([]);
  });

  describe('with films that are validated the wrong way round, so that it gets worse as it learns', () => {
    const validation = data.validation.map((film) => ({ ...film, label: film.label === 'left' ? 'right' : 'left' }));
    const wrong = { ...data, validation };
    const stage: Stage = { name: 'vain', unfreeze: 'head', epochs: 60, learningRate: 1e-2 };

    it('ends with the weights of its best epoch, which is not its last', async () => {
      const model = smallXception();
      const history = await fineTune(model, wrong, options({ stages: [{ ...stage, epochs: 6 }] }));
      const { bestEpoch, epochs } = history.stages[0]!;
      const losses = epochs.map(({ validationLoss }) => validationLoss);
      expect(bestEpoch).toBeLessThan(epochs.length);
      expect(losses[bestEpoch - 1]).toBe(Math.min(...losses));
      const predictions = await predictDataset(model, validation);
      expect(metrics.accuracy(predictions)).toBeCloseTo(epochs[bestEpoch - 1]!.validationAccuracy, 6);
      const { truth, probabilities } = predictions;
      const logs = Array.from(truth, (label, row) => Math.log(probabilities.get(row, label)));
      expect(-logs.reduce((sum, each) => sum + each, 0) / logs.length).toBeCloseTo(losses[bestEpoch - 1]!, 4);
    });

    it.each([1, 3])('stops after %i epochs without a better one', async (patience) => {
      const history = await fineTune(smallXception(), wrong, options({ stages: [{ ...stage, patience }] }));
      const { bestEpoch, epochs } = history.stages[0]!;
      expect(epochs.length).toBeLessThan(60);
      expect(epochs.length).toBe(bestEpoch + patience);
    });
  });

  it('weights classes in the loss', async () => {
    const lopsided = data.train.filter(({ label }, index) => label === 'left' || index < 4);
    const first = async (classWeight: FineTuneOptions['classWeight']) => {
      let loss = NaN;
      await fineTune(
        smallXception(),
        { ...data, train: lopsided },
        options({
          batchSize: lopsided.length,
          stages: [{ ...headStage, epochs: 1 }],
          ...(classWeight !== undefined && { classWeight }),
          onBatch: (log) => (loss = log.loss),
        }),
      );
      return loss;
    };
    const left = await first({ right: 0 });
    const right = await first({ left: 0 });
    const n = lopsided.length;
    expect(left + right).toBeCloseTo(await first(undefined), 4);
    expect(await first('balanced')).toBeCloseTo(left * (n / (2 * 6)) + right * (n / (2 * (n - 6))), 4);
  });

  describe('leaks no tensor', () => {
    /** A model that has been trained before, so that what its first run makes for good is not counted. */
    const trainedOnce = async () => {
      const model = smallXception();
      await fineTune(model, data, options());
      return { model, before: tf.memory().numTensors };
    };

    it('when it ends well', async () => {
      const { model, before } = await trainedOnce();
      await fineTune(model, data, options({ stages: [{ ...headStage, epochs: 1 }] }));
      expect(tf.memory().numTensors).toBe(before);
    });

    it.each([0, 2 ** 30])('when it is aborted, with %i bytes of cache', async (cacheBytes) => {
      const { model, before } = await trainedOnce();
      const controller = new AbortController();
      const reason = new Error('enough');
      const aborted = fineTune(
        model,
        data,
        options({
          cache: { bytes: cacheBytes },
          signal: controller.signal,
          onBatch: ({ stage }) => {
            if (stage === 'last') controller.abort(reason);
          },
        }),
      );
      await expect(aborted).rejects.toBe(reason);
      expect(tf.memory().numTensors).toBe(before);
    });

    it('when it diverges, and restores finite weights', async () => {
      const { model, before } = await trainedOnce();
      const diverging = fineTune(model, data, options({ stages: [{ ...headStage, epochs: 30, learningRate: 1e38 }] }));
      await expect(diverging).rejects.toSatisfy((error) => isSpineError(error, 'training-diverged'));
      expect(tf.memory().numTensors).toBe(before);
      expect([...weightValues(model).values()].flat().every(Number.isFinite)).toBe(true);
    });

    it('when it meets a bad film, and moves no statistics of batch norms', async () => {
      const { model, before } = await trainedOnce();
      const start = weightValues(model);
      const bad: Dataset = [
        ...data.train.slice(0, 5),
        { id: 'bad', label: 'left', load: () => Promise.reject(new Error('no film')) },
      ];
      await expect(fineTune(model, { ...data, train: bad }, options())).rejects.toThrow(/bad/);
      expect(tf.memory().numTensors).toBe(before);
      expect(changed(start, weightValues(model)).every((name) => !name.includes('moving_'))).toBe(true);
    });
  });

  it.each(['onBatch', 'onEpoch', 'onStage'] as const)('rejects when it is aborted in its last %s', async (last) => {
    const reason = new Error('enough');
    for (const validation of [data.validation, []]) {
      const controller = new AbortController();
      const calls: string[] = [];
      const abort = (name: string) => {
        calls.push(name);
        if (name === last) controller.abort(reason);
      };
      // One batch: nothing is read after it.
      const aborted = fineTune(
        smallXception(),
        { ...data, validation },
        options({
          batchSize: data.train.length,
          stages: [{ ...headStage, epochs: 1 }],
          signal: controller.signal,
          onBatch: () => abort('onBatch'),
          onEpoch: () => abort('onEpoch'),
          onStage: () => abort('onStage'),
        }),
      );
      await expect(aborted).rejects.toBe(reason);
      expect(calls.at(-1)).toBe(last);
    }
  });

  it('does not take a diverged epoch for its best', async () => {
    const model = smallXception();
    const start = weightValues(model);
    // One step an epoch: the loss is still fine when it is taken, and the weights are not after it.
    const diverging = fineTune(
      model,
      data,
      options({ batchSize: 12, stages: [{ ...headStage, epochs: 1, learningRate: 3e38 }] }),
    );
    await expect(diverging).rejects.toSatisfy((error) => isSpineError(error, 'training-diverged'));
    expect(changed(start, weightValues(model))).toEqual([]);
  });

  it('reads samples for new epochs in each stage', async () => {
    const epochs = new Set<number | undefined>();
    const train: Dataset = data.train.map((sample) => ({
      ...sample,
      perEpoch: true,
      load: (how) => {
        epochs.add(how?.epoch);
        return sample.load(how);
      },
    }));
    await fineTune(smallXception(), { ...data, train }, options());
    expect([...epochs]).toEqual([0, 1, 2, 3]);
  });

  it('restores the weights it began with when it fails before the first epoch ends', async () => {
    const model = smallXception();
    const start = weightValues(model);
    const failing = fineTune(
      model,
      data,
      options({
        onBatch: ({ batch }) => {
          if (batch === 2) throw new Error('from the callback');
        },
      }),
    );
    await expect(failing).rejects.toThrow('from the callback');
    expect(changed(start, weightValues(model))).toEqual([]);
  });

  it('extracts any layer’s output', async () => {
    const model = smallXception();
    const before = tf.memory().numTensors;
    const pooled = await extractFeatures(model, data.validation, { batchSize: 4 });
    expect(pooled.ids).toEqual(data.validation.map(({ id }) => id));
    expect(pooled.features.shape).toEqual([6, 32]);
    const maps = await extractFeatures(model, data.validation, { layer: 'block2_sepconv2_bn' });
    expect(maps.shape).toEqual([9, 9, 16]);
    expect(maps.features.shape).toEqual([6, 9 * 9 * 16]);
    expect(tf.memory().numTensors).toBe(before);
    const last = await extractFeatures(model, data.validation, { layer: 'predictions' });
    const { probabilities } = await predictDataset(model, data.validation);
    Array.from(probabilities.data).forEach((value, index) => expect(last.features.data[index]).toBeCloseTo(value, 5));
    await expect(extractFeatures(model, data.validation, { layer: 'nope' })).rejects.toSatisfy((error) =>
      isSpineError(error, 'invalid-argument'),
    );
  });

  it('predicts the same whatever the batch size, and carries truth and groups', async () => {
    const model = smallXception();
    const films: Dataset = data.validation.map((sample, index) =>
      index === 1 ? { id: sample.id, load: sample.load } : { ...sample, group: `patient-${index}` },
    );
    const before = tf.memory().numTensors;
    const one = await predictDataset(model, films, { batchSize: 1 });
    const four = await predictDataset(model, films, { batchSize: 4 });
    expect(tf.memory().numTensors).toBe(before);
    expect(Array.from(one.truth)).toEqual([0, -1, 0, 1, 0, 1]);
    expect(one.groups[0]).toBe('patient-0');
    expect(one.classes).toEqual(['left', 'right']);
    Array.from(one.probabilities.data).forEach((value, index) =>
      expect(four.probabilities.data[index]).toBeCloseTo(value, 5),
    );
    for await (const { images } of batches(films, { batchSize: 6 })) {
      const expected = tf.tidy(() =>
        (model.predict(tf.tensor4d(images.data, [6, side, side, 3])) as tf.Tensor).dataSync(),
      );
      Array.from(expected).forEach((value, index) => expect(four.probabilities.data[index]).toBeCloseTo(value, 5));
    }
  });
});
