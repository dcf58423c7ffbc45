import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { channelSums } from '../../backend/index.js';
import { layerWeight } from '../../network/index.js';
import { folded, neededGradients, unfoldedGradients, type Foldable, type LinearKind } from './foldedBatchNorm.js';
import type { Operation } from './operation.js';
import { rectifierGradient, rectify, type Rectifier } from './rectifier.js';

/** A layer's linear part, with what follows it and can be done with it at once. */
export interface Linear extends Foldable {
  readonly strides: [number, number];
  readonly padding: 'valid' | 'same';
  readonly rectifier?: Rectifier;
}

/** The linear parts of a layer, in the order of their work; undefined for a layer that has none. */
export function linearParts(layer: tfl.layers.Layer, isTrained: boolean): readonly Linear[] | undefined {
  const weight = (name: string) => layerWeight(layer, name)?.read() as tf.Variable | undefined;
  const { strides = [1, 1], padding = 'valid' } = layer.getConfig() as {
    strides?: [number, number];
    padding?: 'valid' | 'same';
  };
  const part = (kind: LinearKind, kernel: string, rest: Partial<Linear>): Linear => ({
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
  const needs = neededGradients(linear);
  return {
    inputs,
    output,
    // On most backends a depthwise convolution takes a twentieth of its pointwise one's time, and as much memory.
    isCostly: kind !== 'depthwise' || tf.getBackend() === 'tensorflow',
    reads: { inputs: needs.filter, output: rectifier !== undefined },
    variables,
    forward([x], notes) {
      const { filter, shift } = folded(linear, notes);
      return run(linear, x!, filter, shift);
    },
    backward({ dy, inputs: [x], inputShapes: [inputShape], output: y, wanted: [wantsInput], notes }) {
      const behind = rectifier ? rectifierGradient(rectifier, dy, y!) : dy;
      const own = folded(linear, notes);
      const found = unfoldedGradients(linear, own, {
        filter: needs.filter ? kernelGradient(linear, x!, behind) : undefined,
        shift: needs.shift ? channelSums(behind) : undefined,
      });
      return {
        inputs: [wantsInput ? inputGradient(linear, own.filter, behind, inputShape as number[]) : undefined],
        variables: found,
      };
    },
  };
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
