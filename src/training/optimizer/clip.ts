import * as tf from '@tensorflow/tfjs-core';
import { quoted } from '../../arguments.js';
import type { Stage } from '../stage/index.js';

/**
 * Gradients within the stage's limits, in a tidy scope of the caller's: all scaled down together so that the norm over
 * all of them is at most `clipNorm` (Pascanu, Mikolov and Bengio, 2013; Keras's `global_clipnorm`), or each value cut
 * to ± `clipValue`.
 */
export function clipGradients(
  gradients: readonly tf.Tensor[],
  { clipNorm, clipValue }: Pick<Stage, 'clipNorm' | 'clipValue'>,
): readonly tf.Tensor[] {
  if (clipValue !== undefined) return gradients.map((gradient) => tf.clipByValue(gradient, -clipValue, clipValue));
  if (clipNorm === undefined) return gradients;
  const norm = tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))));
  const scale = tf.div(clipNorm, tf.maximum(norm, clipNorm));
  return gradients.map((gradient) => tf.mul(gradient, scale));
}

/** Calls `fail` for limits that are none, or contradict each other. */
export function checkClip(
  { clipNorm, clipValue }: Pick<Stage, 'clipNorm' | 'clipValue'>,
  fail: (message: string) => never,
): void {
  for (const [name, limit] of Object.entries({ clipNorm, clipValue })) {
    if (limit !== undefined && !(limit > 0 && Number.isFinite(limit)))
      fail(`${name} must be above 0, got ${quoted(limit)}.`);
  }
  if (clipNorm !== undefined && clipValue !== undefined)
    fail('clipNorm and clipValue are two ways to limit gradients: give one.');
}
