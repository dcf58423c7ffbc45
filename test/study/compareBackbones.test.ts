import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import {
  buildXception,
  compareBackbones,
  fineTune,
  mapImages,
  metrics,
  predictDataset,
  predictionsFromJSON,
  resize,
  SpineError,
  type TrialResult,
  type Dataset,
  type FinishedTrial,
  type NamedArrays,
} from 'spine-xray-ml';
import { isFinished } from 'spine-xray-ml/study';
import { useTestBackend } from '../support/backend.js';
import { side } from '../training/support.js';
import { deeper, parts, pretrained, shallow, tiny } from './support.js';

useTestBackend();

/** Without what a clock says. */
const timeless = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, field: unknown) => (key === 'seconds' ? 0 : field)));

const finished = (row: TrialResult | undefined): FinishedTrial => {
  if (row === undefined || !isFinished(row)) throw new Error(`not finished: ${JSON.stringify(row)}`);
  return row;
};

/** What failed in each row, or nothing. */
const errors = (rows: readonly TrialResult[]) => rows.map((row) => (isFinished(row) ? '' : row.error.code));

describe('compareBackbones', () => {
  it('gives each backbone what fineTune and predictDataset give it alone', async () => {
    const before = tf.memory().numTensors;
    const { classes, rows } = await compareBackbones(parts, { ...tiny, backbones: [shallow, deeper] });
    expect(tf.memory().numTensors).toBe(before);
    expect(classes).toEqual(['left', 'right']);
    expect(rows.map(({ spec, backend }) => [spec.name, backend])).toEqual([
      ['shallow', 'cpu'],
      ['deeper', 'cpu'],
    ]);

    const row = finished(rows[1]);
    const model = buildXception({
      classes: ['left', 'right'],
      seed: 1,
      width: 0.125,
      endBlock: 3,
      inputShape: [side, side, 3],
      head: tiny.head,
    });
    const stages: { validation: number; test: number }[] = [];
    const history = await fineTune(model, parts, {
      seed: 1,
      batchSize: 6,
      stages: [tiny.stages[0], { ...tiny.stages[1], unfreeze: { from: 'block3_sepconv1' } }],
      onStage: async () =>
        void stages.push({
          validation: metrics.accuracy(await predictDataset(model, parts.validation)),
          test: metrics.accuracy(await predictDataset(model, parts.test)),
        }),
    });
    expect(timeless(row.history)).toEqual(timeless(history));
    expect(row.parameters).toBe(model.countParams());
    expect(
      row.stages.map(({ validation, test }) => ({
        validation: validation.report.accuracy,
        test: test.report.accuracy,
      })),
    ).toEqual(stages);

    const last = row.stages[1]!.test;
    const predictions = await predictDataset(model, parts.test);
    model.dispose();
    expect(predictionsFromJSON(last.predictions)).toEqual(predictions);
    expect(last.report).toEqual(metrics.classificationReport(predictions));
    expect(last.confusion).toEqual(metrics.confusionMatrix(predictions));
    expect(last.intervals).toEqual(metrics.classificationIntervals(last.confusion));
    expect([last.samples, last.groups]).toEqual([8, 8]);
  });

  it('gives plain JSON, and the same again', async () => {
    const first = await compareBackbones(parts, { ...tiny, backbones: [shallow] });
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
    const second = await compareBackbones(parts, { ...tiny, backbones: [shallow] });
    expect(timeless(second)).toEqual(timeless(first));
    const otherSeed = await compareBackbones(parts, { ...tiny, seed: 2, backbones: [shallow] });
    expect(timeless(finished(otherSeed.rows[0]).history)).not.toEqual(timeless(finished(first.rows[0]).history));
  });

  it('loads weights when a backbone’s turn comes, but for the head', async () => {
    const order: string[] = [];
    const weights = (name: string, endBlock: number) => () => {
      order.push(`weights of ${name}`);
      return Promise.resolve(pretrained(endBlock));
    };
    const { rows } = await compareBackbones(parts, {
      ...tiny,
      stages: [tiny.stages[0]],
      backbones: [
        { ...shallow, weights: weights('shallow', 2), weightsFrom: 'a test' },
        { ...deeper, unfreeze: {}, weights: weights('deeper', 3) },
        { ...shallow, name: 'random' },
      ],
      onRow: ({ spec }) => void order.push(`row ${spec.name}`),
    });
    expect(order).toEqual(['weights of shallow', 'row shallow', 'weights of deeper', 'row deeper', 'row random']);
    const [first, , random] = rows.map(finished);
    expect(first!.weights).toEqual({
      matched: pretrained(2).size - 2,
      missing: ['head_dense_1/kernel', 'head_dense_1/bias', 'predictions/kernel', 'predictions/bias'],
      unexpected: ['predictions/kernel', 'predictions/bias'],
    });
    expect(first!.spec).toMatchObject({ pretrained: true, weightsFrom: 'a test' });
    expect(random!.weights).toBeUndefined();
    expect(timeless(first!.history)).not.toEqual(timeless(random!.history));
  });

  it('turns what fails into a row with its error, goes on, and leaks nothing', async () => {
    const narrow = pretrained(2, 0.25);
    const cut = pretrained(2);
    const before = tf.memory();
    const told: string[] = [];
    const { rows } = await compareBackbones(parts, {
      ...tiny,
      stages: [tiny.stages[0]],
      backbones: [
        { ...shallow, name: 'other weights', weights: narrow },
        { ...deeper, name: 'too few weights', unfreeze: {}, weights: cut },
        { ...shallow, name: 'no weights after all', weights: () => undefined as never },
        { ...shallow, name: 'no such layer', unfreeze: { 'transfer learning': { from: 'nowhere' } } },
        { ...shallow, name: 'offline', weights: () => Promise.reject(new Error('no network')) },
        {
          ...shallow,
          name: 'thrown text',
          weights: () => {
            // eslint-disable-next-line @typescript-eslint/only-throw-error -- JavaScript may throw anything
            throw 'text';
          },
        },
        shallow,
      ],
      onRow: ({ spec }) => void told.push(spec.name),
      onProgress: ({ done, total, backbone }) => void told.push(`${done}/${total} ${backbone}`),
    });
    expect(errors(rows)).toEqual([
      'weights-mismatch',
      'weights-mismatch',
      'invalid-argument',
      'invalid-argument',
      'unexpected',
      'unexpected',
      '',
    ]);
    expect(rows.map((row) => (isFinished(row) ? '' : row.error.message))).toEqual([
      expect.stringContaining('another width'),
      expect.stringMatching(/lack \d+ tensors of the backbone: "block3_sepconv1/),
      expect.stringMatching(/"no weights after all" needs weights by name.*got undefined/),
      expect.stringContaining('nowhere'),
      'no network',
      'text',
      '',
    ]);
    expect(told.slice(-4)).toEqual(['thrown text', '6/7 thrown text', 'shallow', '7/7 shallow']);
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(JSON.parse(JSON.stringify(rows))).toEqual(rows);
  });

  it('reports a model that diverges, and an image that cannot be read, as rows too', async () => {
    const diverging = await compareBackbones(parts, {
      ...tiny,
      backbones: [shallow],
      stages: [{ name: 'wild', unfreeze: 'all', epochs: 3, learningRate: 1e30 }],
    });
    expect(errors(diverging.rows)).toEqual(['training-diverged']);
    const before = tf.memory().numTensors;
    const broken = { ...parts.test[0]!, load: () => Promise.reject(new Error('unreadable')) };
    const { rows } = await compareBackbones(
      { ...parts, test: [broken, ...parts.test.slice(1)] },
      { ...tiny, backbones: [shallow] },
    );
    expect(rows).toMatchObject([{ error: { message: expect.stringContaining('unreadable') } }]);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('ends when the backend is gone, with the rows before saved', async () => {
    const gone = new SpineError('backend-lost', 'The backend "card" is gone.');
    const saved: string[] = [];
    const comparing = compareBackbones(parts, {
      ...tiny,
      stages: [tiny.stages[0]],
      backbones: [
        shallow,
        { ...shallow, name: 'meets the loss', weights: () => Promise.reject(gone) },
        { ...shallow, name: 'never begun' },
      ],
      onRow: ({ spec }) => void saved.push(spec.name),
    });
    await expect(comparing).rejects.toBe(gone);
    expect(saved).toEqual(['shallow']);
  });

  it('leaves no variable of a model whose building fails half way', async () => {
    const before = tf.memory().numTensors;
    // The body of block 13 is fine; its head asks for more numbers than one array may hold.
    const { rows } = await compareBackbones(parts, {
      ...tiny,
      backbones: [{ ...shallow, head: { dense: [2 ** 40] } }],
    });
    expect(errors(rows)).not.toEqual(['']);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('different networks', () => {
  it('stand in one comparison, in both definitions', async () => {
    const [height, width] = [32, 32];
    const enlarged = (dataset: Dataset) => mapImages(dataset, (image) => resize(image, { size: [height, width] }));
    const before = tf.memory().numTensors;
    const { rows } = await compareBackbones(
      { train: enlarged(parts.train), validation: enlarged(parts.validation), test: enlarged(parts.test) },
      {
        ...tiny,
        inputShape: [height, width, 3],
        stages: [tiny.stages[0]],
        backbones: [
          { backbone: 'mobilenet', width: 0.125, endBlock: 2 },
          { backbone: 'densenet169', variant: 'torch', width: 0.125, endBlock: 1 },
          { name: 'vgg19, Keras', backbone: 'vgg19', variant: 'keras', width: 0.125, endBlock: 2 },
        ],
      },
    );
    expect(rows.map(({ spec }) => spec.name)).toEqual(['mobilenet', 'densenet169', 'vgg19, Keras']);
    expect(errors(rows)).toEqual(['', '', '']);
    expect(rows[1]).toMatchObject({ spec: { variant: 'torch' } });
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('resuming', () => {
  it('takes finished rows over, runs failed ones again, and keeps the order asked for', async () => {
    let available = false;
    const weights = (): NamedArrays => {
      if (!available) throw new Error('not yet');
      return pretrained(3);
    };
    const backbones = [{ ...deeper, weights }, shallow];
    const saved: string[] = [];
    const first = await compareBackbones(parts, {
      ...tiny,
      backbones,
      onRow: (row) => void saved.push(JSON.stringify(row)),
    });
    expect(errors(first.rows)).toEqual(['unexpected', '']);

    available = true;
    const told: string[][] = [];
    const results = saved.map((row) => JSON.parse(row) as TrialResult);
    const second = await compareBackbones(parts, {
      ...tiny,
      backbones: [...backbones, { ...shallow, name: 'new' }],
      results,
      onRow: ({ spec }, rows) => void told.push([spec.name, ...rows.map((row) => row.spec.name)]),
    });
    // Stopped after its first row and saved, it would still have the row that it had taken over.
    expect(told).toEqual([
      ['deeper', 'deeper', 'shallow'],
      ['new', 'deeper', 'shallow', 'new'],
    ]);
    expect(errors(second.rows)).toEqual(['', '', '']);
    expect(second.rows[1]).toEqual(first.rows[1]);
    expect(second.rows.map(({ spec }) => spec.name)).toEqual(['deeper', 'shallow', 'new']);
  });

  it('refuses a row of the same name and other settings, samples or stages, and names what differs', async () => {
    const stages = [tiny.stages[0]];
    const { rows: results } = await compareBackbones(parts, { ...tiny, stages, backbones: [shallow] });
    const again = (options: object, otherParts: object = {}) =>
      compareBackbones({ ...parts, ...otherParts }, { ...tiny, stages, backbones: [shallow], results, ...options });
    await expect(again({ seed: 2 })).rejects.toMatchObject({
      code: 'invalid-argument',
      details: { differing: ['seed'] },
    });
    await expect(again({ backbones: [{ ...shallow, width: 0.25 }] })).rejects.toMatchObject({
      details: { differing: ['width'] },
    });
    await expect(again({ stages: [{ ...stages[0], epochs: 1 }] })).rejects.toMatchObject({
      details: { differing: ['stages'] },
    });
    await expect(again({}, { test: parts.test.slice(1) })).rejects.toMatchObject({ details: { differing: ['parts'] } });
    await expect(again({ results: [{ name: 'shallow' }] })).rejects.toMatchObject({ code: 'invalid-argument' });
    // Another backbone's rows are of no concern, nor is the order of keys.
    const reordered = results.map((row) => ({
      ...row,
      spec: Object.fromEntries(Object.entries(row.spec).reverse()),
    }));
    expect((await again({ results: reordered })).rows).toEqual(reordered);
    expect(errors((await again({ backbones: [{ ...shallow, name: 'other' }] })).rows)).toEqual(['']);
  });
});

describe('ending early', () => {
  it.each(['in training', 'before the second', 'in its weights', 'before work'])(
    'rejects with the reason: %s',
    async (when) => {
      const controller = new AbortController();
      const stop = () => controller.abort(new Error('enough'));
      if (when === 'before work') stop();
      const before = tf.memory().numTensors;
      const kept: string[] = [];
      const work = compareBackbones(parts, {
        ...tiny,
        stages: [tiny.stages[0]],
        backbones: [
          shallow,
          {
            ...deeper,
            unfreeze: {},
            ...(when === 'in its weights' && {
              weights: ({ signal }) => {
                stop();
                signal?.throwIfAborted();
                return new Map();
              },
            }),
          },
        ],
        signal: controller.signal,
        onBatch: ({ backbone, epoch }) => {
          if (when === 'in training' && backbone === 'deeper' && epoch === 2) stop();
        },
        onProgress: () => {
          if (when === 'before the second') stop();
        },
        onRow: ({ spec }) => void kept.push(spec.name),
      });
      await expect(work).rejects.toThrow('enough');
      expect(kept).toEqual(when === 'before work' ? [] : ['shallow']);
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  it.each(['onBatch', 'onEpoch', 'onCache', 'onRow', 'onProgress'])(
    'rejects with what %s throws, which is no failure of the backbone',
    async (callback) => {
      const before = tf.memory().numTensors;
      const work = compareBackbones(parts, {
        ...tiny,
        stages: [tiny.stages[0]],
        backbones: [shallow, deeper].map((backbone) => ({ ...backbone, unfreeze: {} })),
        [callback]: () => {
          throw new Error('mine');
        },
      });
      await expect(work).rejects.toThrow('mine');
      expect(tf.memory().numTensors).toBe(before);
    },
  );
});
