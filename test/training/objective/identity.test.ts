import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { fineTune, memoryStore, type ByteStore, type PreparedObjective, type Stage } from 'spine-xray-ml';
import { useTestBackend } from '../../support/backend.js';
import { films } from './films.js';

useTestBackend();
afterEach(() => tf.disposeVariables());

const data = { train: films, validation: films };
const stage: Stage = { name: 'head', unfreeze: 'head', epochs: 1, learningRate: 0.01 };

const distance = (outputs: tf.Tensor, targets: tf.Tensor) => tf.mean(tf.abs(tf.sub(outputs, targets)), 1);
const sound: PreparedObjective = {
  targetShape: [1],
  targetOf: () => [1],
  loss: (outputs, targets) => tf.mean(tf.squaredDifference(outputs, targets), 1),
  measures: { distance },
};

/** Trains a model that is built anew, a layer without weights called otherwise each time. */
function train(checkpoint: ByteStore, more: (flatten: string) => Partial<PreparedObjective>) {
  const { layers } = tfl;
  const flatten = layers.flatten({ inputShape: [2, 2, 3] });
  const model = tfl.sequential({
    layers: [
      flatten,
      layers.dense({ name: 'hidden', units: 2, kernelInitializer: 'ones' }),
      layers.dense({ name: 'last', units: 1, kernelInitializer: 'ones' }),
    ],
  });
  const objective = { name: 'one', prepare: () => ({ ...sound, ...more(flatten.name) }) };
  return fineTune(model, data, { seed: 1, objective, stages: [stage], checkpoint });
}

const none = () => ({});

describe('a checkpoint of one objective', () => {
  it.each<[string, (flatten: string) => Partial<PreparedObjective>, string]>([
    ['takes', () => ({ takes: 'logits' }), 'objective.takes is "output" there and "logits" here.'],
    ['head', () => ({ head: ['last'] }), 'objective.head is "1 Flatten, 2 Dense, 3 Dense" there and "3 Dense" here.'],
    [
      'targetShape',
      () => ({ targetShape: [1, 1], targetOf: () => [1] }),
      'objective.targetShape[1] is absent there and 1 here.',
    ],
    [
      'measures',
      () => ({ measures: { distance, other: distance } }),
      'objective.measures[1] is absent there and "other" here.',
    ],
    ['identity', () => ({ identity: { sigma: NaN } }), 'objective.identity is absent there and {"sigma":"NaN"} here.'],
  ])('is none of another: %s', async (_, more, said) => {
    const checkpoint = memoryStore();
    await train(checkpoint, none);
    const error: unknown = await train(checkpoint, more).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'checkpoint-mismatch' });
    expect((error as Error).message).toContain(` belongs to another run: ${said}`);
  });

  it('goes on with the same, its defaults written out or not', async () => {
    const checkpoint = memoryStore();
    const first = await train(checkpoint, none);
    expect(await train(checkpoint, none)).toEqual(first);
    const written = (flatten: string): Partial<PreparedObjective> => ({
      takes: 'output',
      head: ['last', 'hidden', flatten],
      identity: undefined,
    });
    expect(await train(checkpoint, written)).toEqual(first);
  });

  it('goes on where its identity holds NaN, and shows the number where it differs', async () => {
    const checkpoint = memoryStore();
    const holding = (sigma: number) => () => ({ identity: { sigma, list: [Infinity, 1] } });
    const first = await train(checkpoint, holding(NaN));
    expect(await train(checkpoint, holding(NaN))).toEqual(first);
    await expect(train(checkpoint, holding(2))).rejects.toThrow('objective.identity.sigma is NaN there and 2 here.');
  });
});
