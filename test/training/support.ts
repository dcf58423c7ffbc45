import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { ndarrayOf, buildXception, createRandom, type Dataset } from 'spine-xray-ml';
import { modelWeights } from 'spine-xray-ml/weights';
import type { Values } from '../../src/network/infer.js';
import { crossEntropy } from '../../src/training/objective/classification.js';
import type { TargetedBatch } from '../../src/training/objective/targetedSource.js';

export const side = 24;

/** Small films of two classes: bright on the left, or bright on the right, over noise. */
export function halves(count: number, seed: number): Dataset {
  return Array.from({ length: count }, (_, index) => {
    const label = index % 2 === 0 ? 'left' : 'right';
    return {
      id: `film-${seed}-${index}`,
      label,
      load: () => {
        const random = createRandom(seed, index);
        const pixels = new Float32Array(side * side * 3);
        for (let i = 0; i < side * side; i++) {
          const isLeft = i % side < side / 2;
          const value = 0.3 * random.uniform() + (isLeft === (label === 'left') ? 0.6 : 0.1);
          pixels.fill(value, 3 * i, 3 * i + 3);
        }
        return Promise.resolve(ndarrayOf(pixels, [side, side, 3]));
      },
    };
  });
}

/** A narrow, shallow Xception, small enough to train in a test. */
export function smallXception(seed = 1, dropout = 0.3): tfl.LayersModel {
  return buildXception({
    classes: ['left', 'right'],
    seed,
    width: 0.125,
    endBlock: 3,
    inputShape: [side, side, 3],
    head: { dense: [8], dropout },
  });
}

/** Every weight's numbers, by name. */
export function weightValues(model: tfl.LayersModel): Map<string, number[]> {
  return new Map(modelWeights(model).map(({ name, read }) => [name, Array.from(read().dataSync())]));
}

/** The names of the weights that differ. */
export function changed(before: ReadonlyMap<string, number[]>, after: ReadonlyMap<string, number[]>): string[] {
  return [...before]
    .filter(([name, values]) => values.some((value, index) => value !== after.get(name)?.[index]))
    .map(([name]) => name);
}

/** A loss alone, as an objective has it: of each sample, [n], from what the plan says that it takes. */
export const lossOnly = (loss: (outputs: tf.Tensor) => tf.Tensor) => ({ name: 'alone', loss, measures: {} });

/** Values as a step is given them, for a loss that needs no targets. */
export const batchOf = (values: Values): TargetedBatch => {
  const size = [...values.values()][0]!.shape[0];
  return { values, size, targets: new Float32Array(size), targetShape: [size] };
};

/** The cross-entropy of each sample, [n], from logits [n, k]. */
export const labelledCrossEntropy = (logits: tf.Tensor, labels: Int32Array): tf.Tensor =>
  crossEntropy(logits, tf.cast(tf.oneHot(tf.tensor1d(labels, 'int32'), logits.shape[1]!), 'float32'));
