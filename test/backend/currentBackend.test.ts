import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { buildXception, currentBackend, fineTune, isSpineError, useBackend } from 'spine-xray-ml';
import { useTestBackend } from '../support/backend.js';

useTestBackend();
afterEach(async () => {
  if (tf.engine().registryFactory['broken']) tf.removeBackend('broken');
  await tf.setBackend('cpu');
  tf.disposeVariables();
});

describe('useBackend', () => {
  it('names what is registered when the one asked for is not', async () => {
    await expect(useBackend('webgpu')).rejects.toSatisfy(
      (error) =>
        isSpineError(error, 'backend-not-registered') &&
        /"webgpu" is not registered.*cpu.*tfjs-backend-webgpu/s.test(error.message),
    );
    expect(currentBackend()).toBe('cpu');
  });

  it('says so when a backend cannot start', async () => {
    tf.registerBackend('broken', () => {
      throw new Error('no such device');
    });
    await expect(useBackend('broken')).rejects.toSatisfy(
      (error) => isSpineError(error, 'backend-not-registered') && /could not start/.test(error.message),
    );
  });

  it('starts the one asked for', async () => {
    await useBackend('cpu');
    expect(tf.getBackend()).toBe('cpu');
  });
});

describe('without any backend', () => {
  it('training says which package to import', async () => {
    const model = buildXception({ classes: ['a', 'b'], seed: 1, width: 0.125, endBlock: 1, inputShape: [16, 16, 3] });
    const { registryFactory } = tf.engine();
    const factory = registryFactory['cpu'];
    try {
      delete registryFactory['cpu'];
      expect(() => currentBackend()).toThrow(/Import one before/);
      await expect(fineTune(model, { train: [], validation: [] }, { seed: 1 })).rejects.toSatisfy((error) =>
        isSpineError(error, 'backend-not-registered'),
      );
    } finally {
      if (factory) registryFactory['cpu'] = factory;
    }
  });
});
