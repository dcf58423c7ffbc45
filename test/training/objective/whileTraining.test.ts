import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import {
  fineTune,
  isSpineError,
  SpineError,
  type AnySpineError,
  type Objective,
  type PreparedObjective,
  type Stage,
} from 'spine-xray-ml';
import { js } from '../../options/refusal.js';
import { useTestBackend } from '../../support/backend.js';
import { films } from './films.js';

useTestBackend();
afterEach(() => tf.disposeVariables());

const data = { train: films, validation: [] };
const stage: Stage = { name: 'all', unfreeze: 'all', epochs: 1, learningRate: 0.01 };

const network = () =>
  tfl.sequential({
    layers: [tfl.layers.flatten({ inputShape: [2, 2, 3] }), tfl.layers.dense({ units: 1, kernelInitializer: 'zeros' })],
  });

const objective = (more: Partial<PreparedObjective>): Objective => ({
  name: 'odd',
  prepare: () => ({
    targetShape: [1],
    targetOf: () => [1],
    loss: (outputs, targets) => tf.mean(tf.squaredDifference(outputs, targets), 1),
    measures: {},
    ...more,
  }),
});

/** The error that training for it ends in, which leaves no tensor. */
async function failure(more: Partial<PreparedObjective>): Promise<AnySpineError> {
  const model = network();
  const before = tf.memory().numTensors;
  try {
    await fineTune(model, data, { seed: 1, objective: objective(more), stages: [stage] });
  } catch (error) {
    if (!isSpineError(error)) throw error;
    expect(tf.memory().numTensors).toBe(before);
    return error;
  }
  return expect.unreachable();
}

describe('an abort', () => {
  it('gets through while a target is waited for that does not heed it', { timeout: 5000 }, async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const before = tf.memory().numTensors;
    const model = network();
    const weights = tf.memory().numTensors - before;
    const attempt = fineTune(model, data, {
      seed: 1,
      objective: objective({
        targetOf: () => {
          setTimeout(() => controller.abort(reason), 5);
          return new Promise<never>(() => undefined);
        },
      }),
      stages: [stage],
      signal: controller.signal,
    });
    await expect(attempt).rejects.toBe(reason);
    expect(tf.memory().numTensors).toBe(before + weights);
  });

  it('is what training ends in where a target heeds it', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const attempt = fineTune(network(), data, {
      seed: 1,
      objective: objective({
        targetOf: (_, { signal }) => {
          controller.abort(reason);
          signal!.throwIfAborted();
          return [1];
        },
      }),
      stages: [stage],
      signal: controller.signal,
    });
    await expect(attempt).rejects.toBe(reason);
  });
});

describe('a target that fails', () => {
  const failing = new Error('no mask');
  it.each<[string, PreparedObjective['targetOf']]>([
    ['at once', ({ id }) => (id === 'film-1' ? js(throwing(failing)) : [1])],
    ['later', ({ id }) => (id === 'film-1' ? Promise.reject(failing) : [1])],
  ])('names its sample, and keeps the cause: %s', async (_, targetOf) => {
    const error = await failure({ targetOf });
    expect(error.code).toBe('invalid-argument');
    expect(error.message).toBe('The target of sample "film-1": no mask');
    expect(error.cause).toBe(failing);
    expect(error.details).toEqual({ id: 'film-1' });
  });

  it('keeps the code and the details of an error of this library', async () => {
    const cause = new SpineError('file-missing', 'There is no mask.png.', { details: { file: 'mask.png' } });
    const error = await failure({ targetOf: () => Promise.reject(cause) });
    expect(error).toMatchObject({ code: 'file-missing', cause });
    expect(error.message).toMatch(/^The target of sample "film-\d": There is no mask\.png\.$/);
    expect(error.details).toMatchObject({ file: 'mask.png', id: expect.stringMatching(/^film-/) as string });
  });

  it.each<[string, unknown, string]>([
    ['too large for float32', [1e300], '1e+300'],
    ['too large, in a Float64Array', Float64Array.of(-1e39), '-1e+39'],
    ['text', ['1'], '"1"'],
  ])('is %s', async (_, row, said) => {
    const error = await failure({ targetOf: () => js(row) });
    expect(error.code).toBe('invalid-argument');
    expect(error.message).toMatch(
      /^The target of sample "film-\d" holds .*: give numbers that are finite in float32\.$/,
    );
    expect(error.message).toContain(`holds ${said}:`);
  });

  it('is not the largest float32', async () => {
    const largest = 3.4028234663852886e38;
    const { stages } = await fineTune(network(), data, {
      seed: 1,
      objective: objective({
        targetOf: () => [largest],
        loss: (outputs, targets) => tf.mean(tf.sub(outputs, tf.div(targets, largest)), 1),
      }),
      stages: [stage],
    });
    expect(stages[0]!.epochs[0]!.loss).toBeCloseTo(-1, 4);
  });
});

describe('a loss or a measure', () => {
  it.each<[string, unknown, RegExp]>([
    ['a number', () => 1, /and is 1 in "odd"\. Return a tensor/],
    ['nothing', () => undefined, /and is undefined in "odd"/],
    ['a promise', async (outputs: tf.Tensor) => tf.mean(outputs, 1), /and is a promise in "odd".*must not be async/],
    ['a broken promise', () => Promise.reject(new Error('unheard')), /and is a promise in "odd"/],
    ['a tensor of cells', (outputs: tf.Tensor) => outputs, /and is \[3, 1\] in "odd"\. Take means/],
  ])('that gives %s is said to', async (_, given, message) => {
    for (const [name, more] of [
      ['loss', { loss: js(given) }],
      ['degrees', { measures: { degrees: js(given) } }],
    ] as const) {
      const error = await failure(more);
      expect(error.code).toBe('invalid-argument');
      expect(error.message).toMatch(new RegExp(`^The ${name} of an objective must be one number a sample, \\[3\\]`));
      expect(error.message).toMatch(message);
    }
    await new Promise((resolve) => setTimeout(resolve));
  });

  it.each<[string, PreparedObjective['loss'], RegExp]>([
    ['what does not come of the outputs', (_, targets) => tf.mean(targets, 1), /y=f\(x\)/],
    ['numbers read from them', (outputs) => tf.tensor1d([...outputs.dataSync()]), /y=f\(x\)/],
    [
      'an operation without a gradient',
      (outputs) => tf.squeeze(tf.cast(tf.greater(outputs, 0), 'float32'), [1]),
      /not found for Greater/,
    ],
  ])('without a gradient is said to be so: %s', async (_, loss, cause) => {
    const error = await failure({ loss });
    expect(error.code).toBe('invalid-argument');
    expect(error.message).toMatch(/^The loss of the objective "odd" has no gradient by the outputs\./);
    expect((error.cause as Error).message).toMatch(cause);
  });

  it('that fails in its own words fails in them', async () => {
    const own = new Error('mine');
    const attempt = fineTune(network(), data, {
      seed: 1,
      objective: objective({ loss: () => throwing(own) }),
      stages: [stage],
    });
    await expect(attempt).rejects.toBe(own);
  });
});

describe('begin', () => {
  it('is awaited, and its failure is that of training', async () => {
    const asked: string[] = [];
    const begin = async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      asked.push('begun');
    };
    const targetOf = () => {
      asked.push('target');
      return [1];
    };
    await fineTune(network(), data, { seed: 1, objective: objective({ begin, targetOf }), stages: [stage] });
    expect(asked).toEqual(['begun', 'target', 'target', 'target']);
    const broken = new Error('cannot begin');
    const attempt = fineTune(network(), data, {
      seed: 1,
      objective: objective({ begin: () => Promise.reject(broken) }),
      stages: [stage],
    });
    await expect(attempt).rejects.toBe(broken);
  });
});

function throwing(error: Error): never {
  throw error;
}
