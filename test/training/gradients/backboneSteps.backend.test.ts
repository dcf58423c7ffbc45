import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ndarrayOf,
  backboneFacts,
  backboneNames,
  buildBackbone,
  createRandom,
  fineTune,
  type Dataset,
  type Stage,
} from 'spine-xray-ml';
import { removeTrainingKernels } from 'spine-xray-ml/backend';
import { backendName, useTestBackend } from '../../support/backend.js';
import { setFormulaWeights } from '../../support/formula.js';
import { changed, weightValues } from '../support.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
  removeTrainingKernels();
});

const networks = backboneNames.flatMap((name) => backboneFacts(name).variants.map((variant) => ({ name, variant })));
const stage = (batchNorm: 'frozen' | 'trained'): Stage => ({
  name: batchNorm,
  unfreeze: 'all',
  epochs: 1,
  learningRate: 1e-3,
  batchNorm,
});

describe.each(networks)(`a step through $name as $variant defines it, on ${backendName}`, ({ name, variant }) => {
  const side = Math.max(32, backboneFacts(name).smallestSide);

  it('moves each of its weights and leaks nothing, with batch norms frozen and trained', async () => {
    const model = buildBackbone(name, {
      classes: ['a', 'b'],
      seed: 1,
      variant,
      width: 0.125,
      inputShape: [side, side, 3],
      head: { dense: [], dropout: 0.2 },
    });
    // With fresh weights and statistics, what passes through a deep network fades, and with it the gradients.
    setFormulaWeights(model);
    let values = weightValues(model);
    const tensors = tf.memory().numTensors;
    const unmoved: Record<string, string[]> = {};
    const { stages } = await fineTune(
      model,
      { train: noise(3, side), validation: [] },
      {
        seed: 1,
        batchSize: 3,
        stages: [stage('frozen'), stage('trained')],
        onStage: ({ name: policy }) => {
          const moved = new Set(changed(values, weightValues(model)));
          // The head's gradients are sums over three films, which may cancel.
          unmoved[policy] = [...values.keys()].filter(
            (weight) => !moved.has(weight) && !weight.startsWith('predictions/'),
          );
          values = weightValues(model);
        },
      },
    );
    expect(tf.memory().numTensors).toBe(tensors);
    expect(stages.flatMap(({ epochs }) => epochs.map(({ loss }) => Number.isFinite(loss)))).toEqual([true, true]);
    expect(unmoved).toEqual({
      frozen: [...values.keys()].filter((weight) => /moving_(mean|variance)$/.test(weight)),
      trained: [],
    });
  }, 120_000);
});

/** Films of uniform noise: enough to have gradients everywhere. */
function noise(count: number, side: number): Dataset {
  return Array.from({ length: count }, (_, index) => ({
    id: `film-${index}`,
    label: index % 2 === 0 ? 'a' : 'b',
    load: () => {
      const random = createRandom(1, index);
      return Promise.resolve(
        ndarrayOf(
          Float32Array.from({ length: side * side * 3 }, () => random.uniform()),
          [side, side, 3],
        ),
      );
    },
  }));
}
