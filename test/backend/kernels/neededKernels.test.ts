import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ndarrayOf,
  buildBackbone,
  createRandom,
  fineTune,
  predictDataset,
  type BackboneName,
  type Dataset,
} from 'spine-xray-ml';
import { removeTrainingKernels } from 'spine-xray-ml/backend';
import { missingKernels } from '../../../src/backend/kernels/neededKernels.js';
import { useTestBackend } from '../../support/backend.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
  removeTrainingKernels();
});

/** Between them they have every kind of layer of the others. */
const networks: readonly BackboneName[] = [
  'xception',
  'efficientnetB0',
  'densenet169',
  'inceptionV3',
  'mobilenet',
  'alexnet',
];

/** Kernels that ran during the work. */
async function kernelsOf(work: () => Promise<unknown>): Promise<string[]> {
  const { kernelNames } = await tf.profile(async () => {
    await work();
    return tf.zeros([1]);
  });
  // A profile also names operations, which are no kernels.
  return kernelNames.filter((name) => tf.getKernel(name, 'cpu') !== undefined);
}

function films(side: number): Dataset {
  return [0, 1].map((index) => ({
    id: `${index}`,
    label: index === 0 ? 'a' : 'b',
    load: async () => {
      const random = createRandom(1, index);
      return ndarrayOf(
        Float32Array.from({ length: side * side * 3 }, () => random.uniform()),
        [side, side, 3],
      );
    },
  }));
}

describe('the kernels that are asked for', () => {
  it.each(networks)('are all that %s runs', async (name) => {
    const side = name === 'inceptionV3' ? 75 : name === 'alexnet' ? 63 : 32;
    const model = buildBackbone(name, {
      classes: ['a', 'b'],
      seed: 1,
      width: 0.125,
      inputShape: [side, side, 3],
      head: { dense: [4], dropout: 0.2 },
    });
    const data = films(side);
    const inference = await kernelsOf(() => predictDataset(model, data));
    const training = await kernelsOf(() =>
      fineTune(
        model,
        { train: data, validation: data },
        {
          seed: 1,
          batchSize: 2,
          stages: (['frozen', 'trained'] as const).map((batchNorm) => ({
            name: batchNorm,
            unfreeze: 'all',
            epochs: 1,
            learningRate: 1e-3,
            batchNorm,
          })),
        },
      ),
    );
    // Asked of a backend that has nothing, all needed kernels are missing.
    const asked = { inference: missingKernels('none', 'inference'), training: missingKernels('none', 'training') };
    expect(inference.filter((kernel) => !asked.inference.includes(kernel))).toEqual([]);
    expect(training.filter((kernel) => !asked.training.includes(kernel))).toEqual([]);
  });
});
