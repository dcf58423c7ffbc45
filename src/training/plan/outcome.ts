import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { SpineError } from '../../errors.js';
import { infer, layerWeight, type Graph, type Step, type Values } from '../../network/index.js';

/** What a loss is computed from: the model's output, or what goes into the activation that the model ends in. */
export type Outcome = 'output' | 'logits';

/** @throws SpineError `model-invalid` for a model whose last activation cannot be told from the layer that has it. */
export function checkOutcome({ steps, output }: Graph, takes: Outcome): void {
  if (takes === 'output') return;
  const last = steps.at(-1);
  if (last?.output === output && (isActivation(last.layer) || isLinear(last))) return;
  const end = last
    ? `"${last.layer.name}", ${last.layer.getClassName()}${isOfMaps(last) ? ' of maps' : ''}`
    : 'its input';
  throw new SpineError(
    'model-invalid',
    `What goes into the last activation is wanted, and the model ends in ${end}. Let it end in Activation or Softmax, a layer of its own, in Conv2D, or in Dense of rows.`,
  );
}

/** Whether a layer is an activation and nothing else. */
export function isActivation(layer: tfl.layers.Layer): boolean {
  return ['Activation', 'Softmax'].includes(layer.getClassName());
}

/** tfjs applies a dense layer to the last axis of any tensor; only that of rows is taken apart here. */
function isLinear({ layer, outputShape }: Step): boolean {
  const kind = layer.getClassName();
  return kind === 'Conv2D' || (kind === 'Dense' && outputShape.length === 2);
}

const isOfMaps = ({ layer, outputShape }: Step): boolean =>
  layer.getClassName() === 'Dense' && outputShape.length !== 2;

/** The end of a network. */
interface NetworkEnd {
  readonly graph: Graph;
  /** The steps that are left to run. */
  readonly suffix: readonly Step[];
  readonly takes: Outcome;
}

/** Runs the suffix of a plan as in prediction, up to what the loss is computed from. */
export function inferOutputs({ graph, suffix, takes }: NetworkEnd, given: Values): tf.Tensor {
  return tf.tidy(() => {
    if (takes === 'output') return infer(suffix, given, [graph.output])[0]!;
    const last = suffix.at(-1)!;
    const [input] = infer(suffix.slice(0, -1), given, last.inputs) as [tf.Tensor];
    return withoutActivation(last.layer, input);
  });
}

/** What a model's last layer gives before its activation. */
function withoutActivation(layer: tfl.layers.Layer, x: tf.Tensor): tf.Tensor {
  if (isActivation(layer)) return x;
  const kernel = layerWeight(layer, 'kernel')!.read();
  const bias = layerWeight(layer, 'bias')?.read();
  const { strides, padding } = layer.getConfig() as { strides?: [number, number]; padding?: 'valid' | 'same' };
  const product =
    layer.getClassName() === 'Dense'
      ? tf.matMul(x as tf.Tensor2D, kernel as tf.Tensor2D)
      : tf.conv2d(x as tf.Tensor4D, kernel as tf.Tensor4D, strides ?? 1, padding ?? 'valid');
  return bias ? tf.add(product, bias) : product;
}
