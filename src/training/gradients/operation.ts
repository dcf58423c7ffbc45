import type * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../random.js';

/**
 * One piece of work of a training step, forward and backward. tfjs's own tape keeps whatever any gradient might read;
 * these say what theirs read, so that little is kept and the rest is computed again (activation checkpointing).
 *
 * Values are numbered, as steps name them. What `forward` and `backward` give is their caller's to dispose; what they
 * make on the way is disposed by the tidy scope that they run in.
 */
export interface Operation {
  readonly inputs: readonly number[];
  readonly output: number;
  /** Whether its result had better be kept than computed again. */
  readonly isCostly: boolean;
  /** What its backward pass reads. */
  readonly reads: { readonly inputs: boolean; readonly output: boolean };
  /** The variables that it has gradients for. */
  readonly variables: readonly tf.Variable[];
  /** Gives its result, the same each time for the same notes. */
  forward(inputs: readonly tf.Tensor[], notes: Notes): tf.Tensor;
  backward(step: BackwardStep): Gradients;
}

export interface BackwardStep {
  /** The gradient of the loss by this operation's result. */
  readonly dy: tf.Tensor;
  /** The inputs; shapes only are to be relied on where the operation does not read them. */
  readonly inputs: readonly tf.Tensor[];
  readonly inputShapes: readonly (readonly number[])[];
  /** The result, where the operation reads it. */
  readonly output: tf.Tensor | undefined;
  /** Which inputs need a gradient. */
  readonly wanted: readonly boolean[];
  readonly notes: Notes;
}

export interface Gradients {
  /** By input; undefined where none was wanted. */
  readonly inputs: readonly (tf.Tensor | undefined)[];
  readonly variables: ReadonlyMap<tf.Variable, tf.Tensor>;
}

/** What an operation keeps from the first time it runs in a step: what chance gave, the statistics of the batch. */
export interface Notes {
  get(name: string): tf.Tensor | undefined;
  /** Keeps a tensor to the end of the step. */
  keep(name: string, tensor: tf.Tensor): void;
  /** Where chance comes from, drawn from in the order of the operations. */
  readonly random: Random;
}
