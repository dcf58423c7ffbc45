import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import {
  findLearningRate,
  fineTune,
  mapImages,
  type Objective,
  type PreparedObjective,
  type Sample,
  type Stage,
} from 'spine-xray-ml';
import { js, refusal } from '../../options/refusal.js';
import { useTestBackend } from '../../support/backend.js';
import { films as unlabelled } from './films.js';

useTestBackend();
afterEach(() => tf.disposeVariables());

let reads = 0;
const films = mapImages(unlabelled, (image) => {
  reads++;
  return image;
});
const data = { train: films, validation: films };
const stage: Stage = { name: 'all', unfreeze: 'all', epochs: 1, learningRate: 0.01 };

const network = () =>
  tfl.sequential({
    layers: [
      tfl.layers.flatten({ inputShape: [2, 2, 3] }),
      tfl.layers.dense({ name: 'd1', units: 1, kernelInitializer: 'zeros' }),
    ],
  });

const sound: PreparedObjective = {
  targetShape: [1],
  targetOf: () => [1],
  loss: (outputs, targets) => tf.mean(tf.squaredDifference(outputs, targets), 1),
  measures: {},
};
const train = (objective: Objective, more: object = {}) =>
  fineTune(network(), data, { seed: 1, objective, stages: [stage], ...more });
const giving = (prepared: unknown): Objective => ({ name: 'odd', prepare: () => js(prepared) });
const distance = (outputs: tf.Tensor, targets: tf.Tensor) => tf.mean(tf.abs(tf.sub(outputs, targets)), 1);

async function refused(work: (model: tfl.LayersModel) => unknown): Promise<string> {
  reads = 0;
  const model = network();
  const message = await refusal(() => work(model));
  expect(reads).toBe(0);
  return message;
}

describe('what an objective prepares is refused before a film is read', () => {
  const without = (field: keyof PreparedObjective) => ({ ...sound, [field]: undefined });
  it.each<[string, unknown, RegExp]>([
    ['takes: logit', { ...sound, takes: 'logit' }, /takes must be 'output' or 'logits', got "logit"/],
    ['take', { ...sound, take: 'logits' }, /what prepare gives has no option "take"\. Do you mean "takes"\?/],
    ['heads', { ...sound, heads: ['d1'] }, /no option "heads"\. Do you mean "head"\?/],
    ['no loss', without('loss'), /loss must be a function, got undefined/],
    ['no targetOf', without('targetOf'), /targetOf must be a function, got undefined/],
    ['no measures', without('measures'), /measures must be an object of functions by name, \{\} for none, got undef/],
    ['no targetShape', without('targetShape'), /targetShape must be a list.*got undefined/],
    ['targetShape: 1', { ...sound, targetShape: 1 }, /targetShape must be a list.*got 1\. Put it into a list: \[1\]/],
    ['head: d1', { ...sound, head: 'd1' }, /head must be a list of names, got "d1"\. Put it into a list: \["d1"\]/],
    ['a measure that is none', { ...sound, measures: { a: 1 } }, /measures must be an object of functions.*"a":1/],
    ['a Map of measures', { ...sound, measures: new Map([['distance', distance]]) }, /measures must be.*got a Map/],
    ['smoothsLabels: 1', { ...sound, smoothsLabels: 1 }, /smoothsLabels must be true or false, got 1/],
    ['begin: true', { ...sound, begin: true }, /begin must be a function, got true/],
    ['nothing', undefined, /what prepare gives needs an object with at least \{ targetShape, .*got undefined/],
    ['a function', () => sound, /what prepare gives needs an object/],
  ])('%s', async (_, prepared, message) => {
    const said = await refused((model) =>
      fineTune(model, data, { seed: 1, objective: giving(prepared), stages: [stage] }),
    );
    expect(said).toMatch(/^The objective "odd": /);
    expect(said).toMatch(message);
  });

  it('a promise, whether it comes to something or not', async () => {
    for (const promise of [async () => sound, () => Promise.reject(new Error('unheard'))]) {
      const objective = { name: 'late', prepare: js(promise) };
      const said = await refused((model) => fineTune(model, data, { seed: 1, objective, stages: [stage] }));
      expect(said).toMatch(/^prepare of the objective "late" must give its result at once, got a promise\./);
    }
    // A rejection that nobody heard would fail the test in the next turn.
    await new Promise((resolve) => setTimeout(resolve));
  });

  it('an objective without a name, in a range test too', async () => {
    const objective = js({ prepare: () => sound });
    expect(await refused((model) => findLearningRate(model, data, { seed: 1, stage, objective }))).toMatch(
      /needs a name.*got undefined/,
    );
  });

  it.each<[string, unknown, RegExp]>([
    ['a bigint', 1n, /identity must be plain JSON, got 1\. identity is a bigint/],
    ['a Map', { sigmas: new Map() }, /identity\.sigmas is a Map/],
    ['a typed array', { list: [new Float32Array(2)] }, /identity\.list\[0\] is a Float32Array/],
    ['a function', { targetOf: () => 1 }, /identity\.targetOf is a function/],
    ['a date', new Date(0), /identity is a Date/],
    ['a hole in a list', [undefined], /identity\[0\] is undefined/],
  ])('an identity that is no JSON: %s', async (_, identity, message) => {
    const objective = giving({ ...sound, identity });
    expect(await refused((model) => fineTune(model, data, { seed: 1, objective, stages: [stage] }))).toMatch(message);
  });

  it('an identity that holds itself', async () => {
    const identity: Record<string, unknown> = {};
    identity['self'] = { identity };
    const objective = giving({ ...sound, identity });
    expect(await refused((model) => fineTune(model, data, { seed: 1, objective, stages: [stage] }))).toMatch(
      /identity\.self\.identity is part of itself/,
    );
  });
});

describe('measures whose logs would go by one name', () => {
  it.each<[readonly string[], RegExp]>([
    [['loss'], /counts "loss", which an epoch's log has already/],
    [['Loss'], /counts "Loss", logged as "validationLoss" too, which an epoch's log has already/],
    [['validationLoss'], /counts "validationLoss", which an epoch's log has already/],
    [['accuracy', 'validationAccuracy'], /counts "validationAccuracy", which is a name of "accuracy"/],
    [['validationAccuracy', 'accuracy'], /counts "accuracy", logged as "validationAccuracy" too, which is a name of/],
    [['accuracy', 'Accuracy'], /counts "Accuracy", logged as "validationAccuracy" too, which is a name of "accuracy"/],
  ])('%j are refused', async (names, message) => {
    const measures = Object.fromEntries(names.map((name) => [name, distance]));
    const objective = giving({ ...sound, measures });
    expect(await refused((model) => fineTune(model, data, { seed: 1, objective, stages: [stage] }))).toMatch(message);
  });

  it('others are not', async () => {
    const measures = { degrees: distance, losses: distance, validated: distance };
    const { stages } = await train(giving({ ...sound, measures }));
    expect(Object.keys(stages[0]!.epochs[0]!)).toHaveLength(5 + 2 * 3);
  });
});

/** A measure whose `this` are the measures, which hold what it needs out of sight. */
const doubling = Object.create(
  { by: 2 },
  {
    doubled: {
      enumerable: true,
      value(this: { by: number }, outputs: tf.Tensor, targets: tf.Tensor) {
        return tf.mul(this.by, distance(outputs, targets));
      },
    },
  },
) as PreparedObjective['measures'];

/** As somebody writes one who is used to classes: with fields of its own, private ones too, and methods that use them. */
class Prepared {
  readonly targetShape = [1];
  readonly seen: string[] = [];
  readonly measures = doubling;
  #wanted = 1;
  #scale = 3;
  targetOf({ id }: Sample) {
    this.seen.push(id);
    return [this.#wanted];
  }
  loss(outputs: tf.Tensor, targets: tf.Tensor): tf.Tensor {
    return tf.mul(this.#scale, tf.mean(tf.squaredDifference(outputs, targets), 1));
  }
  begin() {
    this.#wanted = 2;
  }
}

describe('an objective of a class', () => {
  it('is called as its own, whatever fields it has beside', async () => {
    const prepared = new Prepared();
    const { stages } = await train(giving(prepared));
    const [epoch] = stages[0]!.epochs;
    // Weights that are zero say 0, and 2 is wanted: 3 · 2², and 2 · 2.
    expect(epoch!.loss).toBeCloseTo(12, 4);
    expect(epoch!['doubled']).toBeCloseTo(4, 4);
    expect(new Set(prepared.seen).size).toBe(3);
  });

  it('may have its fields from a prototype', async () => {
    const { stages } = await train(giving(Object.create(sound)));
    expect(stages[0]!.epochs[0]!.loss).toBeCloseTo(1, 4);
  });
});

describe('the data of training', () => {
  it('have no part of another name', async () => {
    const given = js({ ...data, valid: films });
    const fine = await refused((model) =>
      fineTune(model, given, { seed: 1, objective: giving(sound), stages: [stage] }),
    );
    expect(fine).toBe('The data of fineTune has no option "valid". It has: train, validation, test.');
    const misspelt = js({ train: films, validations: films });
    const range = await refused((model) =>
      findLearningRate(model, misspelt, { seed: 1, stage, objective: giving(sound) }),
    );
    expect(range).toMatch(/^The data of findLearningRate has no option "validations"\. Do you mean "validation"\?/);
  });

  it('may be a whole split, or of a class', async () => {
    const split = { ...data, test: films };
    class Parts {
      train = films;
      validation = films;
      folder = 'films';
    }
    for (const given of [split, new Parts()]) {
      const { stages } = await fineTune(network(), given, { seed: 1, objective: giving(sound), stages: [stage] });
      expect(stages).toHaveLength(1);
    }
  });
});
