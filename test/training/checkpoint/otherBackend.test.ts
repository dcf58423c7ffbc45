import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { fineTune, memoryStore, useBackend, type History, type Stage } from 'spine-xray-ml';
import { registerFake, removeFake } from '../../backend/fakeBackends.js';
import { halves, smallXception, weightValues } from '../support.js';

const stages: readonly Stage[] = [
  { name: 'head', unfreeze: 'head', epochs: 2, learningRate: 1e-3 },
  { name: 'last', unfreeze: { from: 'block3_sepconv1' }, epochs: 3, learningRate: 1e-4, batchNorm: 'trained' },
];

it.each([
  ['cpu', 'wasm'],
  ['wasm', 'cpu'],
])('a run stopped on %s goes on on %s, to rounding', async (first, second) => {
  const data = { train: halves(10, 1), validation: halves(4, 2) };
  const checkpoint = memoryStore();
  const stop = ({ stage, epoch }: { stage: string; epoch: number }) => {
    if (stage === 'last' && epoch === 2) throw new Error('stopped');
  };
  await useBackend(first);
  const options = { seed: 5, batchSize: 4, stages };
  const whole = smallXception();
  const expected = await fineTune(whole, data, options);
  const expectedWeights = weightValues(whole);
  await expect(fineTune(smallXception(), data, { ...options, checkpoint, onEpoch: stop })).rejects.toThrow('stopped');

  await useBackend(second);
  const resumed = smallXception();
  const trained: string[] = [];
  const history = await fineTune(resumed, data, {
    ...options,
    checkpoint,
    onEpoch: ({ stage, epoch }) => void trained.push(`${stage} ${epoch}`),
  });
  expect(trained).toEqual(['last 2', 'last 3']);
  const losses = ({ stages: done }: History) =>
    done.flatMap(({ epochs }) => epochs.flatMap(({ loss, validationLoss }) => [loss, validationLoss]));
  losses(history).forEach((loss, index) => expect(loss).toBeCloseTo(losses(expected)[index]!, 4));
  for (const [name, values] of weightValues(resumed)) {
    values.forEach((value, index) => expect(Math.abs(value - expectedWeights.get(name)![index]!)).toBeLessThan(1e-3));
  }
});

it.each(['adam', 'rmsprop', 'adamax'] as const)(
  '%s makes the same steps on a backend that understates its precision, as WebGL does',
  async (kind) => {
    const trained = async (backend: string) => {
      await useBackend(backend);
      const model = smallXception();
      await fineTune(
        model,
        { train: halves(8, 1), validation: [] },
        {
          seed: 5,
          batchSize: 4,
          stages: [{ name: 'head', unfreeze: 'head', epochs: 1, learningRate: 1e-2, optimizer: { kind } }],
        },
      );
      return weightValues(model);
    };
    registerFake('card');
    try {
      await useBackend('card');
      Object.assign(tf.backend(), { floatPrecision: () => 16, epsilon: () => 1e-4 });
      expect(await trained('card')).toEqual(await trained('cpu'));
    } finally {
      await useBackend('cpu');
      removeFake('card');
    }
  },
);
