import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import { afterEach, describe, expect, it } from 'vitest';
import {
  chooseBackend,
  ensureTrainingKernels,
  fineTune,
  isSpineError,
  predictDataset,
  useBackend,
  type History,
  type Stage,
} from 'spine-xray-ml';
import { moveToBackend, removeTrainingKernels, requireLiveWeights } from 'spine-xray-ml/backend';
import { missingKernels } from '../../src/backend/kernels/neededKernels.js';
import { halves, smallXception, weightValues } from '../training/support.js';
import { backendName, useTestBackend } from '../support/backend.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
  removeTrainingKernels();
});

const data = { train: halves(12, 1), validation: halves(6, 2) };
// A batch norm by its batch makes much of rounding: Adam takes whole steps along gradients that are next to nothing.
const stage = (name: string): Stage => ({ name, unfreeze: 'all', epochs: 2, learningRate: 1e-3, batchNorm: 'frozen' });
const losses = ({ stages }: History) =>
  stages.flatMap(({ epochs }) => epochs.flatMap(({ loss, validationLoss }) => [loss, validationLoss]));

/** Trains twice, on one backend after the other; gives what was lost and what is predicted at the end. */
async function trainOn(
  backends: readonly string[],
  change: (name: string) => Promise<void> = useBackend,
): Promise<number[]> {
  await useBackend(backends[0]!);
  const model = smallXception(1, 0);
  const seen: number[] = [];
  for (const [index, backend] of backends.entries()) {
    await change(backend);
    seen.push(...losses(await fineTune(model, data, { seed: index, batchSize: 4, stages: [stage(backend)] })));
    expect(tf.getBackend()).toBe(backend);
  }
  seen.push(...(await predictDataset(model, halves(4, 3))).probabilities.data);
  return seen;
}

function expectClose(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  const farthest = Math.max(...actual.map((value, index) => Math.abs(value - expected[index]!)));
  expect(farthest).toBeLessThan(2e-2);
}

describe(`a change between cpu and ${backendName}`, () => {
  it('lets training go on where it was, in both directions', async () => {
    const expected = await trainOn(['cpu', 'cpu']);
    expectClose(await trainOn([backendName, 'cpu']), expected);
    expectClose(await trainOn(['cpu', backendName]), expected);
    expectClose(await trainOn([backendName, 'cpu'], (name) => moveToBackend(name)), expected);
  });

  it.each([
    ['lazily', useBackend],
    ['explicitly', moveToBackend],
  ] as const)('and back, %s, changes nothing of what training does next', async (_, change) => {
    const run = async (visit: boolean) => {
      await useBackend(backendName);
      const model = smallXception(1, 0);
      const first = await fineTune(model, data, { seed: 1, batchSize: 4, stages: [stage('first')] });
      if (visit) {
        await change('cpu');
        await predictDataset(model, halves(2, 3));
        await change(backendName);
      }
      const second = await fineTune(model, data, { seed: 2, batchSize: 4, stages: [stage('second')] });
      return { losses: [...losses(first), ...losses(second)], weights: weightValues(model) };
    };
    const [visited, stayed] = [await run(true), await run(false)];
    // TensorFlow's threads add in an order of their own.
    if (backendName === 'tensorflow') expectClose(visited.losses, stayed.losses);
    else expect(visited).toEqual(stayed);
  });

  it('may come between two stages of one run', async () => {
    const run = async (second: string) => {
      await useBackend('cpu');
      const model = smallXception(1, 0);
      const history = await fineTune(model, data, {
        seed: 1,
        batchSize: 4,
        stages: [stage('first'), stage('second')],
        onStage: async ({ name }) => {
          if (name !== 'first') return;
          await useBackend(second);
          ensureTrainingKernels();
        },
      });
      return losses(history);
    };
    expectClose(await run(backendName), await run('cpu'));
  });

  it('keeps every weight to the bit, and leaks nothing', async () => {
    await useBackend(backendName);
    const model = smallXception();
    const before = weightValues(model);
    const tensors = tf.memory().numTensors;
    for (const name of ['cpu', backendName, 'cpu']) {
      await moveToBackend(name);
      requireLiveWeights(model);
      expect(weightValues(model)).toEqual(before);
    }
    await useBackend(backendName);
    await predictDataset(model, halves(2, 3));
    expect(weightValues(model)).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('is not survived by weights that a removed backend held, which is told', async () => {
    const factory = tf.findBackendFactory('cpu');
    tf.registerBackend('other', factory as () => tf.KernelBackend);
    tf.copyRegisteredKernels('cpu', 'other');
    await useBackend('other');
    const model = smallXception();
    await useBackend(backendName);
    tf.removeBackend('other');
    expect(() => requireLiveWeights(model)).toThrow(expect.toSatisfy((error) => isSpineError(error, 'backend-lost')));
  });
});

describe(`chooseBackend with cpu and ${backendName}`, () => {
  it('finds both right, the faster first, and the kernels there', async () => {
    const tensors = tf.memory().numTensors;
    const report = await chooseBackend();
    expect(report.chosen).toBe(backendName);
    expect(report.candidates.map(({ name }) => name)).toEqual([...new Set([backendName, 'cpu'])]);
    for (const { usable, missingKernels: missing, worstError, reason } of report.candidates) {
      expect({ usable, missing }, reason).toEqual({ usable: true, missing: [] });
      expect(worstError).toBeLessThan(1e-5);
    }
    expect(tf.getBackend()).toBe(backendName);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(ensureTrainingKernels()).toEqual([]);
  });

  it('ranks by time', async () => {
    const { candidates } = await chooseBackend({ probe: true });
    const times = candidates.map(({ milliseconds }) => milliseconds!);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBeGreaterThan(0);
  });

  it('sees what wasm lacks of itself', async () => {
    await useBackend(backendName);
    const lacking =
      backendName === 'wasm'
        ? ['Conv2DBackpropFilter', 'DepthwiseConv2dNativeBackpropFilter', 'DepthwiseConv2dNativeBackpropInput']
        : [];
    expect(missingKernels(backendName, 'training')).toEqual(lacking);
    expect(missingKernels(backendName, 'inference')).toEqual([]);
  });
});
