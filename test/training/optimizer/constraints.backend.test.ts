import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { afterEach, describe, expect, it } from 'vitest';
import { findLearningRate, fineTune, memoryStore, type FineTuneOptions, type Stage } from 'spine-xray-ml';
import { removeTrainingKernels } from 'spine-xray-ml/backend';
import { backendName, useTestBackend } from '../../support/backend.js';
import { halves, side, weightValues } from '../support.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
  removeTrainingKernels();
});

const mostOf = 0.2;
const data = { train: halves(8, 1), validation: halves(4, 2) };
const stage: Stage = { name: 'all', unfreeze: 'all', epochs: 3, learningRate: 0.1, optimizer: { kind: 'sgd' } };
const options = (more: Partial<FineTuneOptions> = {}): FineTuneOptions => ({
  seed: 1,
  batchSize: 4,
  stages: [stage],
  ...more,
});

function classifier(kernelConstraint?: ReturnType<typeof tfl.constraints.maxNorm>): tfl.Sequential {
  const seeded = (seed: number) => tfl.initializers.randomUniform({ minval: -0.3, maxval: 0.3, seed });
  return tfl.sequential({
    layers: [
      tfl.layers.conv2d({
        inputShape: [side, side, 3],
        filters: 4,
        kernelSize: 3,
        activation: 'relu',
        name: 'convolution',
        kernelInitializer: seeded(1),
      }),
      tfl.layers.globalAveragePooling2d({}),
      tfl.layers.dense({
        units: 2,
        activation: 'softmax',
        name: 'constrained',
        kernelInitializer: seeded(2),
        ...(kernelConstraint && { kernelConstraint }),
      }),
    ],
  });
}

const constrained = () => classifier(tfl.constraints.maxNorm({ maxValue: mostOf, axis: 0 }));
const kernelOf = (model: tfl.LayersModel) => weightValues(model).get('constrained/kernel')!;

/** Each output's norm over its inputs. */
const norms = (kernel: readonly number[]) =>
  [0, 1].map((unit) => Math.hypot(...kernel.filter((_, index) => index % 2 === unit)));

describe(`constraints of weights on ${backendName}`, () => {
  it('hold after each update, which is otherwise as without them', async () => {
    // One update from the same weights: beyond the limit without the constraint, scaled back to it with.
    const once = options({ batchSize: 8, stages: [{ ...stage, epochs: 1, learningRate: 3 }] });
    const [free, limited] = [classifier(), constrained()];
    for (const model of [free, limited]) await fineTune(model, { ...data, validation: [] }, once);
    const lengths = norms(kernelOf(free));
    expect(Math.max(...lengths)).toBeGreaterThan(mostOf * 1.1);
    kernelOf(limited).forEach((value, index) => {
      const length = lengths[index % 2]!;
      expect(value).toBeCloseTo(kernelOf(free)[index]! * Math.min(1, mostOf / length), 5);
    });
  });

  // Threads of TensorFlow add in an order of their own.
  it.runIf(backendName !== 'tensorflow')(
    'change nothing when a run goes on, nor when weights are put back',
    async () => {
      const whole = constrained();
      await fineTune(whole, data, options());
      const store = memoryStore();
      const controller = new AbortController();
      const stopped = fineTune(
        constrained(),
        data,
        options({
          checkpoint: store,
          signal: controller.signal,
          onEpoch: ({ epoch }) => {
            if (epoch === 2) controller.abort(new Error('enough'));
          },
        }),
      );
      await expect(stopped).rejects.toThrow('enough');
      const resumed = constrained();
      await fineTune(resumed, data, options({ checkpoint: store }));
      expect(weightValues(resumed)).toEqual(weightValues(whole));
    },
  );

  it('leave a model as it was after a range test, though its weights break them', async () => {
    const model = constrained();
    const layer = model.getLayer('constrained');
    const large = tf.fill([4, 2], 3);
    (layer.weights[0]!.read() as tf.Variable).assign(large);
    const before = weightValues(model);
    await findLearningRate(model, data, { seed: 1, stage: { unfreeze: 'all' }, updates: 4, batchSize: 4 });
    expect(weightValues(model)).toEqual(before);
    large.dispose();
  });
});
