import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { removeTrainingKernels } from 'spine-xray-ml/backend';
import {
  classification,
  createRandom,
  fineTune,
  isSpineError,
  predictDataset,
  type FineTuneOptions,
  type OptimizerOptions,
  type Stage,
} from 'spine-xray-ml';
import { readGraph } from '../../../src/network/graph.js';
import { headLayers } from '../../../src/network/head.js';
import type { SavedStage, StageProgress } from '../../../src/training/loop/stageState.js';
import { trainStage, type StageTraining } from '../../../src/training/loop/trainStage.js';
import { layerDepths } from '../../../src/training/optimizer/layerDecay.js';
import { prepareTraining } from '../../../src/training/prepare.js';
import { checkStages, stageOptions } from '../../../src/training/stage/stage.js';
import { backendName, useTestBackend } from '../../support/backend.js';
import { changed, halves, smallXception, weightValues } from '../support.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
  removeTrainingKernels();
});

const data = { train: halves(12, 1), validation: halves(6, 2) };
const head: Stage = { name: 'head', unfreeze: 'head', epochs: 2, learningRate: 1e-2 };
const last: Stage = { ...head, name: 'last', unfreeze: { from: 'block3_sepconv1' }, learningRate: 1e-3 };
const options = (stage: Stage, more: Partial<FineTuneOptions> = {}): FineTuneOptions => ({
  seed: 5,
  batchSize: 4,
  stages: [stage],
  ...more,
});

/** A stage with everything that the loop can do. */
const everything: Partial<Stage> = {
  schedule: { kind: 'cosine', minimum: 1e-6, warmUp: { epochs: 0.5, from: 1e-5 } },
  layerDecay: 0.7,
  weightDecay: 0.01,
  clipNorm: 1,
  labelSmoothing: 0.1,
  mixup: { alpha: 0.3 },
  averageWeights: { decay: 0.8 },
};

/** Largest difference of any weight between two models. */
function distance(a: ReadonlyMap<string, number[]>, b: ReadonlyMap<string, number[]>): number {
  return Math.max(
    ...[...a].flatMap(([name, values]) => values.map((value, index) => Math.abs(value - b.get(name)![index]!))),
  );
}

describe(`the loop on ${backendName}`, () => {
  it('trains in parts of a batch as in whole ones', async () => {
    const run = async (more: Partial<FineTuneOptions>) => {
      const model = smallXception(1, 0);
      const batches: number[] = [];
      // Adam makes whole steps of gradients that are nothing but rounding, and pools choose others among equals.
      const stage: Stage = { ...last, unfreeze: { from: 'conv2d_2' }, optimizer: { kind: 'sgd' }, learningRate: 0.2 };
      const history = await fineTune(
        model,
        data,
        options(stage, {
          batchSize: 8,
          classWeight: { left: 2 },
          onBatch: ({ batch, loss }) => batches.push(batch, loss),
          ...more,
        }),
      );
      return { epochs: history.stages[0]?.epochs ?? [], batches, weights: weightValues(model) };
    };
    const whole = await run({});
    for (const microBatchSize of [1, 4]) {
      const parts = await run({ microBatchSize });
      // Two updates an epoch, of eight samples and of four.
      expect(parts.batches.map((value) => Number(value.toFixed(3)))).toEqual(
        whole.batches.map((value) => Number(value.toFixed(3))),
      );
      expect(parts.epochs.map(({ accuracy }) => accuracy)).toEqual(whole.epochs.map(({ accuracy }) => accuracy));
      parts.epochs.forEach(({ loss, validationLoss }, index) => {
        expect(loss).toBeCloseTo(whole.epochs[index]!.loss, 4);
        expect(validationLoss).toBeCloseTo(whole.epochs[index]!.validationLoss, 4);
      });
      expect(distance(parts.weights, whole.weights)).toBeLessThan(1e-6);
    }
    expect(distance((await run({ batchSize: 4 })).weights, whole.weights)).toBeGreaterThan(1e-4);
  });

  it('says which rate it used', async () => {
    const rates: number[] = [];
    const schedule = { kind: 'cosine', warmUp: { epochs: 1 } } as const;
    const history = await fineTune(
      smallXception(),
      data,
      options({ ...head, schedule }, { onBatch: ({ learningRate }) => rates.push(learningRate) }),
    );
    const expected = [
      0,
      1 / 3,
      2 / 3,
      1,
      0.5 * (1 + Math.cos(Math.PI / 3)),
      0.5 * (1 + Math.cos((2 * Math.PI) / 3)),
    ].map((part) => part * head.learningRate);
    rates.forEach((rate, update) => expect(rate).toBeCloseTo(expected[update]!, 12));
    expect(rates.length).toBe(6);
    expect(history.stages[0]?.epochs.map(({ learningRate }) => learningRate)).toEqual([rates[2], rates[5]]);
  });

  it('lowers the rate on a plateau', async () => {
    const schedule = { kind: 'plateau', patience: 1, factor: 0.5, minimumChange: 100 } as const;
    const history = await fineTune(smallXception(), data, options({ ...head, epochs: 4, schedule }));
    expect(history.stages[0]?.epochs.map(({ learningRate }) => learningRate)).toEqual([1e-2, 1e-2, 5e-3, 2.5e-3]);
  });

  it('moves a block by its part of the rate', async () => {
    const moves = async (layerDecay: number) => {
      const model = smallXception(1, 0);
      const before = weightValues(model);
      const stage: Stage = {
        ...head,
        unfreeze: 'all',
        epochs: 1,
        learningRate: 0.1,
        optimizer: { kind: 'sgd' },
        layerDecay,
      };
      await fineTune(model, data, options(stage, { batchSize: 12 }));
      const after = weightValues(model);
      return {
        model,
        moved: new Map(
          [...before].map(([name, values]) => [
            name,
            Math.hypot(...values.map((value, index) => value - after.get(name)![index]!)),
          ]),
        ),
      };
    };
    const { model, moved: full } = await moves(1);
    const { moved: less } = await moves(0.5);
    const depths = new Map(
      [...layerDepths({ graph: readGraph(model), head: headLayers(readGraph(model)) })].map(([layer, depth]) => [
        layer.name,
        depth,
      ]),
    );
    let compared = 0;
    for (const [name, move] of full) {
      if (move < 2e-4) continue;
      compared++;
      const depth = depths.get(name.slice(0, name.indexOf('/')))!;
      expect(less.get(name)! / move / 0.5 ** depth, name).toBeCloseTo(1, 1);
    }
    expect(compared).toBeGreaterThan(10);
  });

  it('validates and keeps the average of its weights, and trains on without it', async () => {
    const decay = 0.6;
    const run = async (averageWeights: Stage['averageWeights']) => {
      const model = smallXception();
      const seen: Map<string, number[]>[] = [];
      const stage: Stage = { ...last, batchNorm: 'trained', ...(averageWeights && { averageWeights }) };
      const { stages } = await fineTune(model, data, options(stage, { onBatch: () => seen.push(weightValues(model)) }));
      return { model, seen, best: stages[0]?.epochs[stages[0]?.bestEpoch - 1], bestEpoch: stages[0]!.bestEpoch };
    };
    const plain = await run(undefined);
    const averaged = await run({ decay });
    averaged.seen.forEach((weights, update) =>
      expect(distance(weights, plain.seen[update]!)).toBeLessThan(backendName === 'tensorflow' ? 1e-2 : 1e-12),
    );
    const kept = weightValues(averaged.model);
    for (const [name, values] of kept) {
      const steps = averaged.seen.slice(0, 3 * averaged.bestEpoch).map((weights) => weights.get(name)!);
      values.forEach((value, index) => {
        const mean = steps
          .map((step) => step[index]!)
          .reduce((average, weight) => average * decay + weight * (1 - decay));
        expect(Math.abs(value - mean), name).toBeLessThan(1e-5 * (1 + Math.abs(mean)));
      });
    }
    const { probabilities, truth } = await predictDataset(averaged.model, data.validation);
    const loss =
      Array.from(truth, (label, row) => -Math.log(probabilities.get(row, label))).reduce((sum, each) => sum + each, 0) /
      truth.length;
    expect(averaged.best?.validationLoss).toBeCloseTo(loss, 4);
  });

  it('takes an option that is undefined for one that is not given', async () => {
    const run = async (more: object) => {
      const model = smallXception();
      await fineTune(model, data, { ...options(head), stages: [{ ...head, ...more }] });
      return weightValues(model);
    };
    const names = Object.entries(stageOptions.rules).flatMap(([name, rule]) => (rule.isRequired ? [] : [name]));
    expect(names).toEqual(expect.arrayContaining(['patience', ...Object.keys(everything)]));
    const plain = await run({});
    const inside = {
      optimizer: { kind: 'adam', beta1: undefined, epsilon: undefined },
      schedule: { kind: 'constant', warmUp: undefined },
    };
    for (const more of [Object.fromEntries(names.map((name) => [name, undefined])), inside]) {
      expect(distance(plain, await run(more))).toBeLessThan(backendName === 'tensorflow' ? 1e-2 : 1e-12);
    }
  });

  it('leaks nothing with all of it, whether it ends well, is aborted or fails in the middle of an update', async () => {
    const model = smallXception();
    const stage: Stage = { ...last, ...everything, batchNorm: 'trained' };
    const more = { batchSize: 8, microBatchSize: 2 };
    await fineTune(model, data, options(stage, more));
    const before = tf.memory().numTensors;
    await fineTune(model, data, options(stage, more));
    expect(tf.memory().numTensors).toBe(before);

    const controller = new AbortController();
    const reason = new Error('enough');
    const aborted = fineTune(
      model,
      data,
      options(stage, { ...more, signal: controller.signal, onBatch: () => controller.abort(reason) }),
    );
    await expect(aborted).rejects.toBe(reason);
    expect(tf.memory().numTensors).toBe(before);

    let reads = 0;
    const train = data.train.map((film) => ({
      ...film,
      load: () => (reads++ < 15 ? film.load() : Promise.reject(new Error('no film'))),
    }));
    await expect(fineTune(model, { ...data, train }, options(stage, more))).rejects.toThrow(/no film/);
    expect(tf.memory().numTensors).toBe(before);

    const diverging = fineTune(
      model,
      data,
      options(
        { ...stage, learningRate: 1e38, clipNorm: 1e30, optimizer: { kind: 'sgd' }, schedule: { kind: 'constant' } },
        more,
      ),
    );
    await expect(diverging).rejects.toSatisfy((error) => isSpineError(error, 'training-diverged'));
    expect(tf.memory().numTensors).toBe(before);
    expect([...weightValues(model).values()].flat().every(Number.isFinite)).toBe(true);
  });
});

/** What a checkpoint would hold: numbers and JSON. */
interface Written {
  readonly progress: string;
  readonly tensors: readonly (readonly [name: string, shape: number[], values: number[]])[];
}

const written = ({ progress, tensors }: SavedStage): Written => ({
  progress: JSON.stringify(progress),
  tensors: [...tensors].map(([name, tensor]) => [name, tensor.shape, Array.from(tensor.dataSync())] as const),
});

async function runStage(model: tfl.LayersModel, given: Stage, more: Pick<StageTraining, 'onState' | 'saved'>) {
  const random = createRandom(3);
  const [stage] = checkStages([given]) as [StageTraining['stage']];
  const { objective, plans, sources } = prepareTraining(model, data, {
    objective: classification(),
    stages: [stage],
    randoms: [random],
    batchSize: 4,
    microBatchSize: 2,
    cache: { bytes: 2 ** 30 },
    signal: undefined,
    onCache: undefined,
  });
  const plan = plans[0]!;
  return trainStage({
    plan,
    objective,
    stage,
    ...(await sources.begin(0)),
    batchSize: 4,
    epochsBefore: 0,
    random,
    signal: undefined,
    onBatch: undefined,
    onEpoch: undefined,
    ...more,
  });
}

describe.runIf(backendName !== 'tensorflow')(`a stage on ${backendName} that was saved after an epoch`, () => {
  const kinds: OptimizerOptions[] = [
    { kind: 'adam' },
    { kind: 'sgd' },
    { kind: 'momentum', nesterov: true },
    { kind: 'rmsprop', momentum: 0.5 },
    { kind: 'adamax', decay: 0.1 },
    { kind: 'adagrad' },
    { kind: 'adadelta' },
  ];
  const stages: Stage[] = [
    ...kinds.map((optimizer): Stage => ({ ...head, epochs: 4, optimizer })),
    { ...last, ...everything, epochs: 4, batchNorm: 'trained' },
    { ...head, epochs: 4, patience: 2, schedule: { kind: 'plateau', patience: 1, minimumChange: 1 } },
  ];
  it.each(stages)('goes on to the bit: $optimizer $schedule', async (stage) => {
    const saves: Written[] = [];
    const whole = smallXception();
    const expected = await runStage(whole, stage, { onState: (saved) => void saves.push(written(saved())) });
    expect(saves.length).toBe(expected.epochs.length);
    const before = tf.memory().numTensors;
    for (const { progress, tensors } of [saves[1], saves.at(-1)] as Written[]) {
      const model = smallXception();
      const made = tf.memory().numTensors;
      const saved: SavedStage = {
        progress: JSON.parse(progress) as StageProgress,
        tensors: new Map(tensors.map(([name, shape, values]) => [name, tf.tensor(values, shape)])),
      };
      const history = await runStage(model, stage, { saved });
      tf.dispose([...saved.tensors.values()]);
      expect(tf.memory().numTensors).toBe(made);
      expect(changed(weightValues(whole), weightValues(model))).toEqual([]);
      const plain = ({ epochs }: typeof history) => epochs.map((epoch) => ({ ...epoch, seconds: 0 }));
      expect(plain(history)).toEqual(plain(expected));
      expect(history.bestEpoch).toBe(expected.bestEpoch);
      model.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('is refused by another stage, and the model stays as it was', async () => {
    let saved: Written | undefined;
    await runStage(smallXception(), head, { onState: (state) => void (saved = written(state())) });
    const { progress, tensors } = saved!;
    const model = smallXception(2);
    const start = weightValues(model);
    const before = tf.memory().numTensors;
    const given: SavedStage = {
      progress: JSON.parse(progress) as StageProgress,
      tensors: new Map(tensors.map(([name, shape, values]) => [name, tf.tensor(values, shape)])),
    };
    await expect(runStage(model, last, { saved: given })).rejects.toSatisfy((error) =>
      isSpineError(error, 'weights-mismatch'),
    );
    tf.dispose([...given.tensors.values()]);
    expect(tf.memory().numTensors).toBe(before);
    expect(changed(start, weightValues(model))).toEqual([]);
  });
});
