import * as tf from '@tensorflow/tfjs-core';
import { channelSums } from '../../backend/index.js';
import { frozenNorm, type BatchNorm } from './batchNormOperation.js';
import type { Notes } from './operation.js';

export type LinearKind = 'conv2d' | 'depthwise' | 'dense';

/**
 * Kernel and bias of a linear layer, and the frozen batch norm behind it. That is folded into them: a multiplication
 * and an addition of numbers by channel instead of by pixel, and so in the backward pass.
 */
export interface Foldable {
  readonly kind: LinearKind;
  readonly kernel: tf.Variable;
  readonly bias: tf.Variable | undefined;
  /** Whether kernel and bias are trained. */
  readonly isTrained: boolean;
  /** Absent where no frozen batch norm follows: kernel and bias are used as they are. */
  readonly norm?: BatchNorm;
}

/** Kernel and bias with the batch norm in them. */
export interface Folded {
  readonly filter: tf.Tensor;
  /** What is added to each output; undefined for nothing. */
  readonly shift: tf.Tensor | undefined;
  readonly scale: tf.Tensor | undefined;
  readonly inverseDeviation: tf.Tensor | undefined;
}

/**
 * The folding is done once in a step, as weights stay as they are until it is over; the filter is kept where memory
 * does not matter.
 */
export function folded({ kernel, bias, norm, kind }: Foldable, notes: Notes): Folded {
  if (!norm) return { filter: kernel, shift: bias, scale: undefined, inverseDeviation: undefined };
  let [shift, scale, inverseDeviation] = ['shift', 'scale', 'inverseDeviation'].map((name) => notes.get(name));
  if (!shift || !scale || !inverseDeviation) {
    ({ shift, scale, inverseDeviation } = frozenNorm(norm, bias));
    for (const [name, tensor] of Object.entries({ shift, scale, inverseDeviation })) notes.keep(name, tensor);
  }
  const known = notes.get('filter');
  if (known) return { filter: known, shift, scale, inverseDeviation };
  const filter = tf.mul(kernel, alongOutputs(scale, kernel, kind));
  if (tf.getBackend() === 'tensorflow') notes.keep('filter', filter);
  return { filter, shift, scale, inverseDeviation };
}

/** Gradients by the folded kernel and by the shift: those of kernel, bias, gamma and beta all follow from these. */
export interface FoldedGradients {
  readonly filter: tf.Tensor | undefined;
  readonly shift: tf.Tensor | undefined;
}

/** Which of them the trained variables need. */
export function neededGradients(linear: Foldable): { readonly filter: boolean; readonly shift: boolean } {
  const { bias, norm, isTrained } = linear;
  return {
    filter: isTrained || trainedGamma(linear) !== undefined,
    shift: (isTrained && bias !== undefined) || (norm !== undefined && norm.trained.length > 0),
  };
}

/** The gradients of the trained ones of kernel, bias, gamma and beta. */
export function unfoldedGradients(
  linear: Foldable,
  { scale, inverseDeviation }: Folded,
  { filter: ofFilter, shift: ofShift }: FoldedGradients,
): Map<tf.Variable, tf.Tensor> {
  const { kernel, bias, norm, kind, isTrained } = linear;
  const found = new Map<tf.Variable, tf.Tensor>();
  if (isTrained) found.set(kernel, scale ? tf.mul(ofFilter!, alongOutputs(scale, kernel, kind)) : ofFilter!);
  if (isTrained && bias) found.set(bias, scale ? tf.mul(ofShift!, scale) : ofShift!);
  const gamma = trainedGamma(linear);
  if (norm && gamma) {
    // y = scale · (kernel ∗ x + bias − mean) + beta: the sum over pixels of dy · (kernel ∗ x) is known by now.
    const products = sumOverInputs(tf.mul(ofFilter!, kernel), kind);
    const constant = tf.sub(bias ?? 0, norm.movingMean.read());
    found.set(gamma, tf.mul(tf.add(products, tf.mul(constant, ofShift!)), inverseDeviation!));
  }
  if (norm?.beta && norm.trained.includes(norm.beta)) found.set(norm.beta, ofShift!);
  return found;
}

function trainedGamma({ norm }: Foldable): tf.Variable | undefined {
  return norm?.gamma && norm.trained.includes(norm.gamma) ? norm.gamma : undefined;
}

/**
 * Numbers by output in the shape that spreads over a kernel. A depthwise one is [height, width, channels, multiplier].
 */
function alongOutputs(numbers: tf.Tensor, kernel: tf.Tensor, kind: LinearKind): tf.Tensor {
  return kind === 'depthwise' ? tf.reshape(numbers, kernel.shape.slice(2)) : numbers;
}

/** The sum over all of a kernel that goes into one output, for each of them. */
function sumOverInputs(kernel: tf.Tensor, kind: LinearKind): tf.Tensor {
  if (kind === 'depthwise') return tf.reshape(tf.sum(kernel, [0, 1]), [-1]);
  return channelSums(tf.reshape(kernel, [-1, kernel.shape.at(-1)!]));
}
