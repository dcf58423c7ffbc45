import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, expectTypeOf, it } from 'vitest';
import {
  buildXception,
  classification,
  createRandom,
  ensureTrainingKernels,
  fineTune,
  findLearningRate,
  isSpineError,
  memoryStore,
  ndarrayOf,
  type Dataset,
  type EpochLog,
  type FineTuneOptions,
  type Objective,
  type PreparedObjective,
  type Sample,
  type Stage,
} from 'spine-xray-ml';
import { removeTrainingKernels } from 'spine-xray-ml/backend';
import { readGraph } from '../../../src/network/graph.js';
import { infer } from '../../../src/network/infer.js';
import { takeStep } from '../../../src/training/loop/step.js';
import { inferOutputs } from '../../../src/training/plan/outcome.js';
import { planStage } from '../../../src/training/plan/plan.js';
import { backendName, useTestBackend } from '../../support/backend.js';
import { waves } from '../../support/waves.js';
import { changed, halves, side, smallXception, weightValues } from '../support.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
  removeTrainingKernels();
});

const { layers } = tfl;
const grid = side / 4;

/** Where a film of `halves` is bright, cell by cell of 4×4 pixels; a film drawn with its sides swapped has it swapped. */
function brightCells({ label }: Sample, isSwapped = false): Float32Array {
  const isLeft = (label === 'left') !== isSwapped;
  return Float32Array.from({ length: grid * grid }, (_, index) => Number(index % grid < grid / 2 === isLeft));
}

const errorOf = (outputs: tf.Tensor, targets: tf.Tensor, axes: number | number[]) =>
  tf.mean(tf.squaredDifference(outputs, targets), axes);

/** Regression of two numbers: how bright the left half is, and the right one. */
const brightness: Objective<'distance'> = {
  name: 'brightness',
  prepare: () => ({
    targetShape: [2],
    targetOf: ({ label }) => (label === 'left' ? [0.75, 0.25] : [0.25, 0.75]),
    loss: (outputs, targets) => errorOf(outputs, targets, 1),
    measures: { distance: (outputs, targets) => tf.sqrt(tf.sum(tf.squaredDifference(outputs, targets), 1)) },
  }),
};

/** Maps between 0 and 1, by their squared error: the sigmoid at the end is part of what is trained. */
const maps: Objective<'cellsFound'> = {
  name: 'bright cells',
  prepare: () => ({
    head: ['cells'],
    targetShape: [grid, grid, 1],
    targetOf: (sample) => brightCells(sample),
    loss: (outputs, targets) => errorOf(outputs, targets, [1, 2, 3]),
    measures: {
      cellsFound: (outputs, targets) =>
        tf.mean(tf.cast(tf.equal(tf.greater(outputs, 0.5), tf.greater(targets, 0.5)), 'float32'), [1, 2, 3]),
    },
  }),
};

/** The same maps by the cross-entropy of each cell, from what goes into the sigmoid. */
const mapLogits: Objective<'cellsFound'> = {
  name: 'bright cells by cross-entropy',
  prepare: (model, data) => ({
    ...maps.prepare(model, data),
    takes: 'logits',
    loss: (logits, targets) =>
      tf.mean(tf.losses.sigmoidCrossEntropy(targets, logits, undefined, undefined, 0), [1, 2, 3]),
  }),
};

const seeded = (seed: number) => tfl.initializers.glorotUniform({ seed });

function mapNetwork(activation: 'sigmoid' | 'linear' = 'sigmoid'): tfl.LayersModel {
  return tfl.sequential({
    layers: [
      layers.conv2d({
        inputShape: [side, side, 3],
        filters: 4,
        kernelSize: 4,
        strides: 4,
        activation: 'relu',
        name: 'trunk',
        kernelInitializer: seeded(1),
      }),
      layers.conv2d({ filters: 1, kernelSize: 1, activation, name: 'cells', kernelInitializer: seeded(2) }),
    ],
  });
}

function numberNetwork(): tfl.LayersModel {
  return tfl.sequential({
    layers: [
      layers.averagePooling2d({ inputShape: [side, side, 3], poolSize: 12 }),
      layers.flatten(),
      layers.dense({ units: 2, activation: 'sigmoid', name: 'numbers', kernelInitializer: seeded(3) }),
    ],
  });
}

const data = { train: halves(10, 1), validation: halves(6, 2) };
const stage: Stage = { name: 'all', unfreeze: 'all', epochs: 8, learningRate: 0.05 };
const unlabelled = (dataset: Dataset): Dataset => dataset.map(({ id, load }) => ({ id, load }));

/** A prepared objective, as training has it. */
const prepared = <Measure extends string>(
  objective: Objective<Measure>,
): PreparedObjective<Measure> & { readonly name: string } => ({
  ...objective.prepare(mapNetwork(), data),
  name: objective.name,
});

describe(`objectives that classify nothing, on ${backendName}`, () => {
  it('train numbers, and log what they count', async () => {
    const model = numberNetwork();
    const { stages } = await fineTune(model, data, { seed: 1, batchSize: 5, objective: brightness, stages: [stage] });
    const { epochs } = stages[0]!;
    expect(epochs[7]!.distance).toBeLessThan(epochs[0]!.distance / 2);
    expect(epochs[7]!.validationLoss).toBeLessThan(epochs[0]!.validationLoss / 2);
    expect(Object.keys(epochs[0]!)).toEqual([
      'epoch',
      'loss',
      'distance',
      'validationLoss',
      'validationDistance',
      'learningRate',
      'seconds',
    ]);
    // What is logged of the validation set is what the trained model gives.
    const distances = await Promise.all(
      data.validation.map(async (sample) => {
        const image = await sample.load();
        const [left, right] = tf.tidy(() =>
          Array.from(
            (model.predict(tf.tensor4d(image.data as Float32Array, [1, side, side, 3])) as tf.Tensor).dataSync(),
          ),
        ) as [number, number];
        const [wantedLeft, wantedRight] = sample.label === 'left' ? [0.75, 0.25] : [0.25, 0.75];
        return Math.hypot(left - wantedLeft, right - wantedRight);
      }),
    );
    const best = epochs.reduce((a, b) => (b.validationLoss < a.validationLoss ? b : a));
    expect(best.validationDistance).toBeCloseTo(distances.reduce((sum, each) => sum + each, 0) / distances.length, 4);
  });

  it.each([
    ['from what the sigmoid gives', maps],
    ['from what goes into the sigmoid', mapLogits],
  ])('train maps, %s', async (_, objective) => {
    const model = mapNetwork();
    const { stages } = await fineTune(model, data, {
      seed: 1,
      batchSize: 5,
      objective,
      stages: [{ ...stage, epochs: 12 }],
    });
    const { epochs } = stages[0]!;
    expect(epochs.at(-1)!.validationLoss).toBeLessThan(epochs[0]!.validationLoss / 2);
    expect(epochs.at(-1)!.validationCellsFound).toBeGreaterThan(0.95);
  });

  it.each([
    ['output', maps, (outputs: tf.Tensor, targets: tf.Tensor) => errorOf(outputs, targets, [1, 2, 3])],
    [
      'logits',
      mapLogits,
      (outputs: tf.Tensor, targets: tf.Tensor) =>
        tf.neg(
          tf.mean(
            tf.add(tf.mul(targets, tf.log(outputs)), tf.mul(tf.sub(1, targets), tf.log(tf.sub(1, outputs)))),
            [1, 2, 3],
          ),
        ),
    ],
  ] as const)('have the gradients that tfjs composes, from %s', (takes, objective, lossOf) => {
    ensureTrainingKernels();
    const model = mapNetwork();
    const graph = readGraph(model);
    const plan = planStage(graph, model, stage, { takes });
    tf.tidy(() => {
      const images = waves([3, side, side, 3], 1);
      const rows = tf.abs(waves([3, grid, grid, 1], 2));
      const wanted = tf.variableGrads(
        () => tf.mean(lossOf(model.apply(images, { training: false }) as tf.Tensor, rows)),
        [...plan.variables],
      );
      const batch = {
        values: new Map([[graph.input, images]]),
        size: 3,
        targets: rows.dataSync() as Float32Array,
        targetShape: rows.shape,
      };
      const { loss, gradients } = takeStep(plan, prepared<'cellsFound'>(objective), batch, createRandom(1));
      expect(loss.dataSync()[0]).toBeCloseTo(wanted.value.dataSync()[0]!, 5);
      expect(gradients.length).toBe(4);
      plan.variables.forEach(({ name }, index) => {
        const difference = tf.max(tf.abs(tf.sub(gradients[index]!, wanted.grads[name]!))).dataSync()[0]!;
        const size = tf.max(tf.abs(wanted.grads[name]!)).dataSync()[0]!;
        expect(size).toBeGreaterThan(1e-4);
        expect(difference / size, name).toBeLessThan(1e-3);
      });
      // And validation sees what training sees.
      const [given] = infer(graph.steps, new Map([[graph.input, images]]), [graph.output]) as [tf.Tensor];
      const outputs = inferOutputs(plan, new Map([[graph.input, images]]));
      const seen = takes === 'logits' ? tf.sigmoid(outputs) : outputs;
      expect(tf.max(tf.abs(tf.sub(seen, given))).dataSync()[0]).toBeLessThan(1e-5);
    });
  });

  it('let their head be trained alone in a network that ends in maps', async () => {
    const model = mapNetwork();
    const before = weightValues(model);
    await fineTune(model, data, {
      seed: 1,
      batchSize: 5,
      objective: maps,
      stages: [{ ...stage, unfreeze: 'head', epochs: 1 }],
    });
    expect(changed(before, weightValues(model)).sort()).toEqual(['cells/bias', 'cells/kernel']);

    const headless = {
      ...maps,
      prepare: (...given: Parameters<typeof maps.prepare>) => without(maps.prepare(...given)),
    };
    const without = ({ head: _, ...rest }: PreparedObjective<'cellsFound'>) => rest;
    await expect(
      fineTune(model, data, { seed: 1, objective: headless, stages: [{ ...stage, unfreeze: 'head' }] }),
    ).rejects.toThrow(/let the objective name its head/);
  });

  it('need neither labels nor classes, and serve a range test', async () => {
    const objective: Objective<never> = {
      name: 'dark',
      prepare: () => ({
        targetShape: [grid, grid, 1],
        targetOf: () => new Float32Array(grid * grid),
        loss: (outputs, targets) => errorOf(outputs, targets, [1, 2, 3]),
        measures: {},
      }),
    };
    const films = { train: unlabelled(data.train), validation: [] };
    const { stages } = await fineTune(mapNetwork(), films, { seed: 1, objective, stages: [{ ...stage, epochs: 1 }] });
    expect(Object.keys(stages[0]!.epochs[0]!)).toEqual(['epoch', 'loss', 'validationLoss', 'learningRate', 'seconds']);
    const found = await findLearningRate(mapNetwork(), films, { seed: 1, objective, stage, updates: 5, batchSize: 4 });
    expect(found.losses.every(Number.isFinite)).toBe(true);
  });

  it('are given the draw of a sample that they are asked about, from a cache as without one', async () => {
    // The sides of a film are swapped in every second epoch: targets of another epoch would teach the contrary.
    const swapped: Dataset = data.train.map((sample) => ({
      ...sample,
      perEpoch: true,
      load: async ({ epoch = 0 } = {}) => {
        const image = await sample.load();
        return epoch % 2 === 0 ? image : mirrored(image.data as Float32Array);
      },
    }));
    const asked = new Set<number>();
    const objective: Objective<'cellsFound'> = {
      ...maps,
      prepare: (...given) => ({
        ...maps.prepare(...given),
        targetOf: (sample, { epoch, stage: training }) => {
          if (training) asked.add(epoch);
          return brightCells(sample, training !== undefined && epoch % 2 === 1);
        },
      }),
    };
    const run = async (cache: FineTuneOptions['cache']) => {
      asked.clear();
      const { stages } = await fineTune(
        mapNetwork(),
        { train: swapped, validation: data.validation },
        {
          seed: 1,
          batchSize: 5,
          objective,
          ...(cache && { cache }),
          stages: [
            { ...stage, epochs: 6 },
            { ...stage, name: 'head', unfreeze: 'head', epochs: 4 },
          ],
        },
      );
      return { last: stages[1]!.epochs.at(-1)!, epochs: [...asked].sort((a, b) => a - b) };
    };
    const whole = await run({ bytes: 0 });
    expect(whole.last.cellsFound).toBeGreaterThan(0.9);
    expect(whole.epochs).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const views = await run({ views: 2 });
    expect(views.last.cellsFound).toBeGreaterThan(0.9);
    expect(views.epochs.length).toBeLessThan(10);
  });

  it('mix targets as images are mixed', async () => {
    const seen: number[] = [];
    const objective: Objective<never> = {
      name: 'watching',
      prepare: () => ({
        targetShape: [2],
        targetOf: ({ label }) => [Number(label === 'left'), 7],
        loss: (outputs, targets) => {
          seen.push(...targets.dataSync());
          return errorOf(outputs, targets, 1);
        },
        measures: {},
      }),
    };
    const mixing: Stage = { ...stage, epochs: 1, mixup: { alpha: 1 } };
    await fineTune(
      numberNetwork(),
      { ...data, validation: [] },
      { seed: 1, batchSize: 5, objective, stages: [mixing] },
    );
    const firsts = seen.filter((_, index) => index % 2 === 0);
    expect(firsts.some((value) => value > 0.01 && value < 0.99)).toBe(true);
    expect(firsts.every((value) => value >= 0 && value <= 1)).toBe(true);
    expect(seen.filter((_, index) => index % 2 === 1).every((value) => Math.abs(value - 7) < 1e-5)).toBe(true);
  });

  it('leak nothing, whether they end well or their targets fail', async () => {
    const model = mapNetwork();
    const options = { seed: 1, batchSize: 5, microBatchSize: 1, stages: [{ ...stage, epochs: 2 }] };
    await fineTune(model, data, { ...options, objective: maps });
    const before = tf.memory().numTensors;
    await fineTune(model, data, { ...options, objective: maps });
    expect(tf.memory().numTensors).toBe(before);
    let asked = 0;
    const failing: Objective<'cellsFound'> = {
      ...maps,
      prepare: (...given) => ({
        ...maps.prepare(...given),
        targetOf: async (sample) => {
          if (++asked > 7) throw new Error('no target');
          return Promise.resolve(brightCells(sample));
        },
      }),
    };
    await expect(fineTune(model, data, { ...options, objective: failing })).rejects.toThrow('no target');
    expect(tf.memory().numTensors).toBe(before);
  });
});

/** The film the other way round. */
function mirrored(pixels: Float32Array) {
  const row = side * 3;
  return ndarrayOf(
    Float32Array.from(pixels, (_, at) => {
      const [y, x, channel] = [Math.floor(at / row), Math.floor((at % row) / 3), at % 3];
      return pixels[y * row + (side - 1 - x) * 3 + channel]!;
    }),
    [side, side, 3],
  );
}

describe(`an objective that does not fit, on ${backendName}`, () => {
  const withPrepared = (more: Partial<PreparedObjective>): Objective => ({
    name: 'odd',
    prepare: (...given) => ({ ...maps.prepare(...given), ...more }),
  });
  it.each<[string, Objective | undefined, Partial<FineTuneOptions<string>>, string, RegExp]>([
    [
      'a target of another size',
      withPrepared({ targetOf: () => [1, 2] }),
      {},
      'invalid-argument',
      /film-1-.*36 numbers.*has 2/,
    ],
    ['no target', withPrepared({ targetOf: () => undefined as never }), {}, 'invalid-argument', /has none/],
    [
      'NaN in a target',
      withPrepared({ targetOf: () => new Float32Array(grid * grid).fill(NaN) }),
      {},
      'invalid-argument',
      /holds NaN/,
    ],
    [
      'a loss of all samples',
      withPrepared({ loss: (outputs) => tf.mean(outputs) }),
      {},
      'invalid-argument',
      /one number a sample, \[5\], and is \[\]/,
    ],
    [
      'a measure of each cell',
      withPrepared({ measures: { cells: (outputs) => outputs } }),
      {},
      'invalid-argument',
      /The cells of an objective must be one number a sample/,
    ],
    [
      'a measure called loss',
      withPrepared({ measures: { loss: (outputs) => outputs } }),
      {},
      'invalid-argument',
      /counts "loss"/,
    ],
    ['a head that is not there', withPrepared({ head: ['tail'] }), {}, 'invalid-argument', /names "tail"/],
    ['sides of nothing', withPrepared({ targetShape: [0, 2] }), {}, 'invalid-argument', /targetShape.*\[0,2\]/],
    [
      'smoothed labels',
      withPrepared({}),
      { stages: [{ ...stage, labelSmoothing: 0.1 }] },
      'invalid-argument',
      /no labels to smooth/,
    ],
    [
      'class weights',
      withPrepared({}),
      { classWeight: 'balanced' },
      'invalid-argument',
      /classification\(\{ classWeight \}\)/,
    ],
    ['nothing of the kind', 'maps' as never, {}, 'invalid-argument', /objective must be an objective.*got "maps"/],
    ['classes', undefined, {}, 'model-invalid', /Build it with a head/],
  ])('%s', async (_, objective, more, code, message) => {
    const model = mapNetwork();
    const before = tf.memory().numTensors;
    const weights = weightValues(model);
    const attempt = fineTune(model, data, {
      seed: 1,
      batchSize: 5,
      stages: [stage],
      ...(objective && { objective }),
      ...more,
    } as FineTuneOptions<string>);
    await expect(attempt).rejects.toSatisfy(
      (error) => isSpineError(error) && error.code === code && message.test(error.message),
    );
    expect(tf.memory().numTensors).toBe(before);
    expect(changed(weights, weightValues(model))).toEqual([]);
  });

  it('is refused where the last activation cannot be taken off', async () => {
    const model = tfl.sequential({
      layers: [
        layers.conv2d({ inputShape: [side, side, 3], filters: 1, kernelSize: 4, strides: 4, name: 'cells' }),
        layers.leakyReLU({}),
      ],
    });
    await expect(fineTune(model, data, { seed: 1, objective: mapLogits, stages: [stage] })).rejects.toSatisfy((error) =>
      isSpineError(error, 'model-invalid'),
    );
  });
});

describe('classification as an objective', () => {
  const options: FineTuneOptions = { seed: 5, batchSize: 4, stages: [{ ...stage, unfreeze: 'head', epochs: 1 }] };

  it.runIf(backendName !== 'tensorflow')('is what fineTune does where none is given, to the bit', async () => {
    const [plain, given] = [smallXception(), smallXception()];
    await fineTune(plain, data, { ...options, classWeight: { left: 3 } });
    await fineTune(given, data, { ...options, objective: classification({ classWeight: { left: 3 } }) });
    expect(weightValues(given)).toEqual(weightValues(plain));
  });

  it('refuses misspelt options, and a class that there is not', async () => {
    expect(() => classification({ classWeights: 'balanced' } as object)).toThrow(/Do you mean "classWeight"\?/);
    await expect(
      fineTune(smallXception(), data, { ...options, objective: classification({ classWeight: { middle: 1 } }) }),
    ).rejects.toSatisfy((error) => isSpineError(error, 'unknown-label'));
  });

  it('refuses to go on from the checkpoint of another objective', async () => {
    const store = memoryStore();
    const stages = [{ ...stage, epochs: 1 }];
    await fineTune(mapNetwork(), data, { seed: 1, objective: maps, stages, checkpoint: store });
    await expect(
      fineTune(mapNetwork(), data, { seed: 1, objective: mapLogits, stages, checkpoint: store }),
    ).rejects.toSatisfy(
      (error) =>
        isSpineError(error, 'checkpoint-mismatch') &&
        error.message.includes('objective.name is "bright cells" there and "bright cells by cross-entropy" here'),
    );
    const again = {
      ...maps,
      prepare: (...given: Parameters<typeof maps.prepare>) => ({ ...maps.prepare(...given), identity: { sigma: 2 } }),
    };
    await expect(
      fineTune(mapNetwork(), data, { seed: 1, objective: again, stages, checkpoint: store }),
    ).rejects.toThrow(/objective\.identity/);
    // A run of the same goes on.
    const { stages: done } = await fineTune(mapNetwork(), data, {
      seed: 1,
      objective: maps,
      stages,
      checkpoint: store,
    });
    expect(done[0]!.epochs.length).toBe(1);
  });
});

it('a backbone without a head needs no classes, and one with a head does', () => {
  const options = { seed: 1, width: 0.125, endBlock: 2, inputShape: [side, side, 3] } as const;
  expect(buildXception({ ...options, head: false }).outputs[0]!.shape.length).toBe(4);
  expect(() => buildXception(options)).toThrow(
    /classes must be two or more different names, or their number, got undefined/,
  );
});

it('logs are typed by what the objective counts', () => {
  expectTypeOf<EpochLog['accuracy']>().toEqualTypeOf<number>();
  expectTypeOf<EpochLog['validationAccuracy']>().toEqualTypeOf<number>();
  expectTypeOf<EpochLog<'distance'>['validationDistance']>().toEqualTypeOf<number>();
  expectTypeOf<EpochLog<'distance'>>().not.toHaveProperty('accuracy');
  const train = () => fineTune(mapNetwork(), data, { seed: 1, objective: maps, onEpoch: (log) => log.cellsFound });
  expectTypeOf<Awaited<ReturnType<typeof train>>['stages'][number]['epochs'][number]>().toExtend<
    EpochLog<'cellsFound'>
  >();
  const byDefault = () => fineTune(mapNetwork(), data, { seed: 1, onEpoch: (log) => log.validationAccuracy });
  expectTypeOf<Awaited<ReturnType<typeof byDefault>>['stages'][number]['epochs'][number]>().toExtend<EpochLog>();
  expect([typeof train, typeof byDefault]).toEqual(['function', 'function']);
});
