import * as tf from '@tensorflow/tfjs-core';
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { chooseBackend, isSpineError, useBackend } from 'spine-xray-ml';
import {
  moveToBackend,
  onLiveBackend,
  requireLiveBackend,
  requireLiveWeights,
  restartBackend,
} from 'spine-xray-ml/backend';
import { useTestBackend } from '../support/backend.js';
import { registerFake, removeFake } from './fakeBackends.js';

useTestBackend();

/** Loses the device of the backend "card". */
let lose: (how: { message: string }) => void;

beforeEach(async () => {
  const device = { lost: new Promise<{ message: string }>((resolve) => (lose = resolve)) };
  registerFake('card', { device });
  await useBackend('card');
});
afterEach(async () => {
  tf.disposeVariables();
  await tf.setBackend('cpu');
  removeFake('card');
});

const isLost = (error: unknown) =>
  isSpineError(error, 'backend-lost') &&
  /"card" is gone: its WebGPU device was lost \(unplugged\)/.test(error.message) &&
  error.details['backend'] === 'card';
const nextTask = () => new Promise((resolve) => setTimeout(resolve, 0));

describe('a lost device', () => {
  it('is an error once it is lost, not before', async () => {
    expect(() => requireLiveBackend()).not.toThrow();
    lose({ message: 'unplugged' });
    await nextTask();
    expect(() => requireLiveBackend()).toThrow(expect.toSatisfy(isLost));
    await expect(onLiveBackend(() => 1)).rejects.toSatisfy(isLost);
    await useBackend('cpu');
    expect(() => requireLiveBackend()).not.toThrow();
  });

  it('is the error of work that would never end', async () => {
    const work = onLiveBackend(() => new Promise(() => undefined));
    lose({ message: 'unplugged' });
    await expect(work).rejects.toSatisfy(isLost);
  });

  it('is the error of work that ended in another one, or in a result that cannot be right', async () => {
    const fails = onLiveBackend(() => {
      setTimeout(() => lose({ message: 'unplugged' }), 5);
      throw new Error('no buffer');
    });
    await expect(fails).rejects.toSatisfy(
      (error) => isLost(error) && ((error as Error).cause as Error).message === 'no buffer',
    );
  });

  it('is the error of work that ended in zeros', async () => {
    const work = onLiveBackend(async () => {
      lose({ message: 'unplugged' });
      return Promise.resolve(0);
    });
    await expect(work).rejects.toSatisfy(isLost);
  });

  it('is not blamed for other errors', async () => {
    await expect(onLiveBackend(() => Promise.reject(new Error('my own')))).rejects.toThrow(/^my own$/);
    await expect(onLiveBackend(() => 3)).resolves.toBe(3);
  });

  it('is passed over by chooseBackend', async () => {
    expect((await chooseBackend({ prefer: 'card', require: 'inference' })).chosen).toBe('card');
    lose({ message: 'unplugged' });
    await nextTask();
    const { chosen, candidates } = await chooseBackend({ prefer: 'card' });
    expect(chosen).toBe('cpu');
    expect(candidates.find(({ name }) => name === 'card')?.reason).toMatch(
      /device was lost \(unplugged\)\. restartBackend\("card"\)/,
    );
  });

  it('takes the weights with it, which is told before they are read', async () => {
    const model = tfl.sequential({ layers: [tfl.layers.dense({ units: 2, inputShape: [3] })] });
    model.predict(tf.zeros([1, 3]));
    expect(() => requireLiveWeights(model)).not.toThrow();
    lose({ message: 'unplugged' });
    await nextTask();
    await useBackend('cpu');
    expect(() => requireLiveWeights(model)).toThrow(
      /weights of "sequential_\d+" are gone \("dense_Dense\d+\/kernel" first\).*unplugged/,
    );
    await expect(moveToBackend('cpu')).rejects.toSatisfy(
      (error) =>
        isSpineError(error, 'backend-lost') &&
        /the variable "dense_Dense\d+\/kernel" cannot be moved to "cpu"/.test(error.message),
    );
    tf.tidy(() => model.setWeights([tf.ones([3, 2]), tf.zeros([2])]));
    expect(() => requireLiveWeights(model)).not.toThrow();
    expect(Array.from(tf.tidy(() => (model.predict(tf.ones([1, 3])) as tf.Tensor).dataSync()))).toEqual([3, 3]);
  });
});

describe('a lost WebGL context', () => {
  /** A backend with what tfjs's has of WebGL. */
  async function withContext() {
    const canvas = new EventTarget();
    let isContextLost = false;
    const ended: string[] = [];
    const gpgpu = {
      gl: { canvas, isContextLost: () => isContextLost },
      itemsToPoll: [{ resolveFn: () => ended.push('read') }],
    };
    Object.assign(tf.backend(), { gpgpu, device: undefined });
    return {
      ended,
      flag: () => (isContextLost = true),
      announce: () => canvas.dispatchEvent(new Event('webglcontextlost')),
    };
  }

  it('is seen by its flag, before the event comes', async () => {
    const { flag, ended } = await withContext();
    expect(() => requireLiveBackend()).not.toThrow();
    flag();
    expect(() => requireLiveBackend()).toThrow(/"card" is gone: its WebGL context was lost/);
    expect(ended).toEqual(['read']);
  });

  it('ends the work that waits, by its event', async () => {
    const { announce, ended } = await withContext();
    const work = onLiveBackend(() => new Promise(() => undefined));
    announce();
    await expect(work).rejects.toThrow(/its WebGL context was lost/);
    expect(ended).toEqual(['read']);
  });
});

describe('restartBackend', () => {
  it('starts a lost backend anew', async () => {
    const old = tf.backend() as MathBackendCPU;
    lose({ message: 'unplugged' });
    await nextTask();
    removeDevice();
    await restartBackend('card');
    expect(tf.getBackend()).toBe('card');
    expect(tf.backend()).not.toBe(old);
    expect(tf.engine().registryFactory['card']?.priority).toBe(1);
    expect(Array.from(tf.tidy(() => tf.add(tf.ones([2]), 1).dataSync()))).toEqual([2, 2]);
  });

  it('refuses what is not registered', async () => {
    await expect(restartBackend('webgl')).rejects.toSatisfy((error) => isSpineError(error, 'backend-not-registered'));
  });
});

/** The device of a backend that starts from now on is another one, which is there. */
function removeDevice(): void {
  const registration = tf.engine().registryFactory['card'] as { factory: () => object };
  const { factory } = registration;
  registration.factory = () => Object.assign(factory(), { device: { lost: new Promise(() => undefined) } });
}

describe('moveToBackend', () => {
  it('moves weights, optimizer state and given tensors, so that the old backend can be removed', async () => {
    const model = tfl.sequential({
      layers: [tfl.layers.dense({ units: 2, inputShape: [3], kernelInitializer: 'ones' })],
    });
    const optimizer = tf.train.adam(0.1);
    const step = () =>
      tf.tidy(
        () =>
          optimizer
            .minimize(
              () => tf.sum(tf.square(model.apply(tf.ones([1, 3])) as tf.Tensor)),
              true,
              model.trainableWeights.map((weight) => weight.read() as tf.Variable),
            )
            ?.dataSync()[0],
      );
    step();
    const kernel = model.weights[0]!.read();
    const clone = tf.clone(kernel);
    const extra = tf.tensor1d([5, 6]);
    const tensors = tf.memory().numTensors;
    const before = await Promise.all([kernel, clone, extra].map(async (tensor) => Array.from(await tensor.data())));
    await moveToBackend('cpu', { tensors: [extra] });
    expect(tf.getBackend()).toBe('cpu');
    expect(tf.memory().numTensors).toBe(tensors);
    removeFake('card');
    expect(() => requireLiveWeights(model)).not.toThrow();
    expect([kernel, clone, extra].map((tensor) => Array.from(tensor.dataSync()))).toEqual(before);
    const [first, second] = [step(), step()];
    expect(second).toBeLessThan(first!);
    tf.dispose([clone, extra]);
    optimizer.dispose();
  });

  it('says what is gone with a backend that was removed', async () => {
    const left = tf.variable(tf.ones([2]), true, 'left');
    await useBackend('cpu');
    removeFake('card');
    await expect(moveToBackend('cpu')).rejects.toThrow(
      /the variable "left" cannot be moved to "cpu": the backend that held them was removed/,
    );
    left.dispose();
  });

  it('can be aborted', async () => {
    const kept = tf.variable(tf.ones([2]));
    await expect(moveToBackend('cpu', { signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
    expect(tf.getBackend()).toBe('card');
    kept.dispose();
  });
});
