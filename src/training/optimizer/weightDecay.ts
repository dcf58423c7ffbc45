import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { quoted, refuseUnknownOptions } from '../../arguments.js';

/** Decoupled weight decay: a rate, or with the weights that it is for. */
export type WeightDecay =
  | number
  | {
      /** Before each update, weights lose this times the learning rate of themselves. */
      readonly rate: number;
      /** 'kernels' (default): not biases, nor gammas and betas of batch norms. 'all': these too, as Keras does. */
      readonly weights?: 'kernels' | 'all';
    };

/** The defaults of {@link WeightDecay}. */
export const weightDecayDefaults = { weights: 'kernels' } as const;

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

/** Calls `fail` for a decay that is none. */
export function checkWeightDecay(decay: WeightDecay, fail: (message: string) => never): void {
  const given: unknown = decay;
  if (typeof given !== 'number' && (typeof given !== 'object' || given === null))
    fail(`weightDecay must be a number or { rate }, got ${quoted(given)}.`);
  if (typeof decay !== 'number') refuseUnknownOptions('weightDecay', decay, optionNames, fail);
  const { rate, weights = weightDecayDefaults.weights } = typeof decay === 'number' ? { rate: decay } : decay;
  if (!(rate >= 0 && Number.isFinite(rate))) fail(`weightDecay must be at least 0, got ${quoted(rate)}.`);
  if (weights !== 'kernels' && weights !== 'all')
    fail(`weights of weightDecay must be 'kernels' or 'all', got ${quoted(weights)}.`);
}

const optionNames = Object.keys({ rate: true, weights: true } satisfies Record<
  keyof Exclude<WeightDecay, number>,
  true
>);
