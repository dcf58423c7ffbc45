import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { oneOf, optionsOf, required, type Rule } from '../../options.js';

/** Decoupled weight decay: a rate, or with the weights that it is for. */
export type WeightDecay =
  | number
  | {
      /** Before each update, weights lose this times the learning rate of themselves. */
      readonly rate: number;
      /** 'kernels' (default): not biases, nor gammas and betas of batch norms. 'all': these too, as Keras does. */
      readonly weights?: 'kernels' | 'all';
    };

type WeightDecayOptions = Exclude<WeightDecay, number>;

/** The defaults of {@link WeightDecay}. */
export const weightDecayDefaults = { weights: 'kernels' } as const;

const rateRule: Rule<number> = {
  expects: 'a finite number, 0 or more',
  accepts: (given) => Number.isFinite(given) && (given as number) >= 0,
};

export const weightDecayOptions = optionsOf<WeightDecayOptions, typeof weightDecayDefaults>(
  'weightDecay',
  { rate: required(rateRule), weights: oneOf('kernels', 'all') },
  weightDecayDefaults,
);

/** Completes a rate to what it stands for. */
export const weightDecayRule: Rule<WeightDecay> = {
  expects: 'a number, 0 or more, or { rate, weights }',
  accepts: (given) => rateRule.accepts(given) || (typeof given === 'object' && given !== null),
  complete: (given, path) =>
    weightDecayOptions.check(typeof given === 'number' ? { rate: given } : (given as WeightDecayOptions), path),
};

/** The decay's rate for each of a layer's trained weights. */
export function decayRate(decay: WeightDecay | undefined, { originalName }: tfl.LayerVariable): number {
  if (decay === undefined) return 0;
  const { rate, weights = weightDecayDefaults.weights } = typeof decay === 'number' ? { rate: decay } : decay;
  return weights === 'all' || isKernel(originalName) ? rate : 0;
}

/** Whether a weight of a layer is one that multiplies between units, rather than a bias or one of a batch norm. */
export function isKernel(originalName: string): boolean {
  return !/(^|\/)(bias|gamma|beta|moving_mean|moving_variance)$/.test(originalName);
}

/** Variable − variable · rate · learning rate (Loshchilov and Hutter, 2019), as Keras's `weight_decay`. */
export function decayVariable(variable: tf.Variable, rate: number, learningRate: number): void {
  if (rate === 0) return;
  tf.tidy(() => variable.assign(tf.sub(variable, tf.mul(variable, rate * learningRate))));
}
