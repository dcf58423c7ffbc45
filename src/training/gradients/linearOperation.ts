import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { channelSums } from '../../backend/index.js';
import { layerWeight } from '../../network/index.js';
import { frozenNorm, type BatchNorm } from './batchNormOperation.js';
import type { Notes, Operation } from './operation.js';
import { rectifierGradient, rectify, type Rectifier } from './rectifier.js';

type Kind = 'conv2d' | 'depthwise' | 'dense';

/** A layer's linear part, with what follows it and can be done with it at once. */
export interface Linear {
  readonly kind: Kind;
  readonly kernel: tf.Variable;
  readonly bias: tf.Variable | undefined;
  readonly strides: [number, number];
  readonly padding: 'valid' | 'same';
  /** Whether its own kernel and bias are trained. */
  readonly isTrained: boolean;
  /**
   * A frozen batch norm behind it. It is folded into kernel and bias: a multiplication and an addition of numbers by
   * channel instead of by pixel, and so in the backward pass.
   */
  readonly norm?: BatchNorm;
  readonly rectifier?: Rectifier;
}

/** The linear parts of a layer, in the order of their work; undefined for a layer that has none. */
export function linearParts(layer: tfl.layers.Layer, isTrained: boolean): readonly Linear[] | undefined {
  const weight = (name: string) => layerWeight(layer, name)?.read() as tf.Variable | undefined;
  const { strides = [1, 1], padding = 'valid' } = layer.getConfig() as {
    strides?: [number, number];
    padding?: 'valid' | 'same';
  };
  const part = (kind: Kind, kernel: string, rest: Partial<Linear>): Linear => ({
    kind,
    kernel: weight(kernel)!,
    bias: undefined,
    strides: [1, 1],
    padding: 'valid',
    isTrained,
    ...rest,
  });
  const bias = weight('bias');
  switch (layer.getClassName()) {
    case 'Conv2D':
      return [part('conv2d', 'kernel', { bias, strides, padding })];
    case 'DepthwiseConv2D':
      return [part('depthwise', 'depthwise_kernel', { bias, strides, padding })];
    case 'SeparableConv2D':
      return [
        part('depthwise', 'depthwise_kernel', { strides, padding }),
        part('conv2d', 'pointwise_kernel', { bias }),
      ];
    case 'Dense':
      return [part('dense', 'kernel', { bias })];
    default:
      return undefined;
  }
}

export function linearOperation(linear: Linear, inputs: readonly number[], output: number): Operation {
  const { kernel, bias, norm, rectifier, isTrained, kind } = linear;
  const variables = [...(isTrained ? [kernel, ...(bias ? [bias] : [])] : []), ...(norm?.trained ?? [])];
  const trainedGamma = norm?.gamma && norm.trained.includes(norm.gamma) ? norm.gamma : undefined;
  const needsKernelGradient = isTrained || trainedGamma !== undefined;
  return {
    inputs,
    output,
    // On most backends a depthwise convolution takes a twentieth of its pointwise one's time, and as much memory.
    isCostly: kind !== 'depthwise' || tf.getBackend() === 'tensorflow',
    reads: { inputs: needsKernelGradient, output: rectifier !== undefined },
    variables,
    forward([x], notes) {
      const { filter, shift } = folded(linear, notes);
      return run(linear, x!, filter, shift);
    },
    backward({ dy, inputs: [x], inputShapes: [inputShape], output: y, wanted: [wantsInput], notes }) {
      const behind = rectifier ? rectifierGradient(rectifier, dy, y!) : dy;
      const { filter, scale, inverseDeviation } = folded(linear, notes);
      const found = new Map<tf.Variable, tf.Tensor>();
      const ofFilter = needsKernelGradient ? kernelGradient(linear, x!, behind) : undefined;
      const ofShift = (isTrained && bias) || norm?.trained.length ? channelSums(behind) : undefined;

      if (isTrained) found.set(kernel, scale ? tf.mul(ofFilter!, alongOutputs(scale, kernel, kind)) : ofFilter!);
      if (isTrained && bias) found.set(bias, scale ? tf.mul(ofShift as tf.Tensor, scale) : (ofShift as tf.Tensor));
      if (norm && trainedGamma) {
        // y = scale · (kernel ∗ x + bias − mean) + beta: what the sum over pixels of dy · (kernel ∗ x) comes to is known by now.
        const products = sumOverInputs(tf.mul(ofFilter!, kernel), kind);
        const constant = tf.sub(bias ?? 0, norm.movingMean.read());
        found.set(trainedGamma, tf.mul(tf.add(products, tf.mul(constant, ofShift as tf.Tensor)), inverseDeviation!));
      }
      if (norm?.beta && norm.trained.includes(norm.beta)) found.set(norm.beta, ofShift as tf.Tensor);
      return {
        inputs: [wantsInput ? inputGradient(linear, filter, behind, inputShape as number[]) : undefined],
        variables: found,
      };
    },
  };
}

interface Folded {
  readonly filter: tf.Tensor;
  /** What is added to each output; undefined for nothing. */
  readonly shift: tf.Tensor | undefined;
  readonly scale: tf.Tensor | undefined;
  readonly inverseDeviation: tf.Tensor | undefined;
}

/** Folded once in a step, as weights stay as they are until it is over; the filter is kept where memory is no matter. */
function folded({ kernel, bias, norm, kind }: Linear, notes: Notes): Folded {
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

/** Numbers by output in the shape that spreads over a kernel. A depthwise one is [height, width, channels, multiplier]. */
function alongOutputs(numbers: tf.Tensor, kernel: tf.Tensor, kind: Kind): tf.Tensor {
  return kind === 'depthwise' ? tf.reshape(numbers, kernel.shape.slice(2)) : numbers;
}

/** The sum over all of a kernel that goes into one output, for each of them. */
function sumOverInputs(kernel: tf.Tensor, kind: Kind): tf.Tensor {
  if (kind === 'depthwise') return tf.reshape(tf.sum(kernel, [0, 1]), [-1]);
  return channelSums(tf.reshape(kernel, [-1, kernel.shape.at(-1)!]));
}

function run(
  { kind, strides, padding, rectifier }: Linear,
  x: tf.Tensor,
  filter: tf.Tensor,
  shift: tf.Tensor | undefined,
): tf.Tensor {
  if (kind !== 'dense' && (shift ?? rectifier)) {
    const convolution = {
      x: x as tf.Tensor4D,
      filter: filter as tf.Tensor4D,
      strides,
      pad: padding,
      ...(shift && { bias: shift }),
      activation: rectifier ?? 'linear',
    } as const;
    return kind === 'conv2d' ? tf.fused.conv2d(convolution) : tf.fused.depthwiseConv2d(convolution);
  }
  if (kind === 'conv2d') return tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, padding);
  if (kind === 'depthwise') return tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, padding);
  const product = tf.matMul(x as tf.Tensor2D, filter as tf.Tensor2D);
  const sum = shift ? tf.add(product, shift) : product;
  return rectifier === undefined ? sum : rectify(rectifier, sum);
}

const kernelsOf = {
  conv2d: { byFilter: tf.Conv2DBackpropFilter, byInput: tf.Conv2DBackpropInput },
  depthwise: { byFilter: tf.DepthwiseConv2dNativeBackpropFilter, byInput: tf.DepthwiseConv2dNativeBackpropInput },
} as const;

function kernelGradient({ kind, kernel, strides, padding }: Linear, x: tf.Tensor, dy: tf.Tensor): tf.Tensor {
  if (kind === 'dense') return tf.matMul(tf.transpose(x) as tf.Tensor2D, dy as tf.Tensor2D);
  return tf
    .engine()
    .runKernel(kernelsOf[kind].byFilter, { x, dy }, attributes({ strides, padding, filterShape: kernel.shape }));
}

function inputGradient(
  { kind, strides, padding }: Linear,
  filter: tf.Tensor,
  dy: tf.Tensor,
  inputShape: number[],
): tf.Tensor {
  if (kind === 'dense') return tf.matMul(dy as tf.Tensor2D, tf.transpose(filter) as tf.Tensor2D);
  return tf.engine().runKernel(kernelsOf[kind].byInput, { dy, filter }, attributes({ strides, padding, inputShape }));
}

/** What tfjs's kernels are told of a convolution. */
function attributes({
  strides,
  padding,
  ...shape
}: Pick<Linear, 'strides' | 'padding'> & Readonly<Record<string, unknown>>): tf.NamedAttrMap {
  return {
    strides,
    pad: padding,
    dataFormat: 'NHWC',
    dilations: [1, 1],
    dimRoundingMode: undefined,
    ...shape,
  } as unknown as tf.NamedAttrMap;
}
