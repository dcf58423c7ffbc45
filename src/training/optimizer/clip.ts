import * as tf from '@tensorflow/tfjs-core';
import { SpineError } from '../../errors.js';
import { numberAbove, type Rules } from '../../options.js';

/** Gradient clipping: limits of the gradients of an update; one of the two. */
export interface ClipOptions {
  /** Gradients are scaled down to at most this norm, over all of them. Default: no limit. */
  readonly clipNorm?: number;
  /** Each value of a gradient is cut to ± this. Default: no limit. */
  readonly clipValue?: number;
}

export const clipRules: Rules<ClipOptions> = { clipNorm: numberAbove(0), clipValue: numberAbove(0) };

/** @throws SpineError `invalid-argument` for both limits at once. */
export function checkClip({ clipNorm, clipValue }: ClipOptions): void {
  if (clipNorm !== undefined && clipValue !== undefined)
    throw new SpineError('invalid-argument', 'clipNorm and clipValue are two ways to limit gradients: give one.');
}

/**
 * Gradients within the limits, in a tidy scope of the caller's: all scaled down together so that the norm over all of
 * them is at most `clipNorm` (Pascanu, Mikolov and Bengio, 2013; Keras's `global_clipnorm`), or each value cut to
 * ± `clipValue`.
 */
export function clipGradients(
  gradients: readonly tf.Tensor[],
  { clipNorm, clipValue }: ClipOptions,
): readonly tf.Tensor[] {
  if (clipValue !== undefined) return gradients.map((gradient) => tf.clipByValue(gradient, -clipValue, clipValue));
  if (clipNorm === undefined) return gradients;
  const norm = tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))));
  const scale = tf.div(clipNorm, tf.maximum(norm, clipNorm));
  return gradients.map((gradient) => tf.mul(gradient, scale));
}
