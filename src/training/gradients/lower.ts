import type * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { SpineError } from '../../errors.js';
import { isBatchNorm, isDropout, type Step } from '../../network/index.js';
import { isActivation, type Plan } from '../plan/index.js';
import { batchNormOf, frozenBatchNormOperation, trainedBatchNormOperation } from './batchNormOperation.js';
import { dropoutOperation } from './dropoutOperation.js';
import { linearOperation, linearParts, type Linear } from './linearOperation.js';
import type { Operation } from './operation.js';
import { isRectifier, rectifierOperation, type Rectifier } from './rectifier.js';
import { addOperation, concatenateOperation, globalAveragePoolingOperation } from './shaping.js';
import { tapedOperation } from './taped.js';

/**
 * The suffix of a plan as operations, up to what the loss is computed from. Layers that can be done at once become one:
 * a convolution, the frozen batch norm behind it, and the rectifier behind that.
 *
 * @returns the operations, and the value that they end in.
 */
export function lower(plan: Plan): { readonly operations: readonly Operation[]; readonly end: number } {
  const { output } = plan.graph;
  const operations: Operation[] = [];
  const readers = countReaders(plan.suffix);
  // Values inside a layer get numbers that no step has.
  let next = Math.max(output, ...plan.suffix.map((step) => step.output)) + 1;
  const done = new Set<Step>();
  let end = output;

  for (const step of plan.suffix) {
    if (done.has(step)) continue;
    const { layer, inputs } = step;
    const parts = isDenseOfMaps(step) ? undefined : linearParts(layer, plan.trained.has(layer));
    if (parts) lowerLinear(step, parts);
    else if (endsBeforeActivation(step) && isActivation(layer)) end = inputs[0]!;
    else operations.push(lowerOther(plan, step));
  }
  return { operations, end };

  function lowerLinear(step: Step, parts: readonly Linear[]): void {
    const { layer } = step;
    const activation = endsBeforeActivation(step) ? undefined : activationOf(layer);
    const normStep =
      activation === undefined
        ? soleReader(step, (reader) => isFoldable(plan, reader, plan.trained.has(layer)))
        : undefined;
    const rectifierStep =
      activation === undefined
        ? soleReader(normStep ?? step, (reader) => rectifierOf(reader.layer) !== undefined)
        : undefined;
    const rectifier = rectifierStep
      ? rectifierOf(rectifierStep.layer)
      : isRectifier(activation)
        ? activation
        : undefined;
    for (const taken of [normStep, rectifierStep]) if (taken) done.add(taken);

    const { output: result } = rectifierStep ?? normStep ?? step;
    const isActivatedLater = activation !== undefined && rectifier === undefined;
    let value = step.inputs[0]!;
    for (const [index, part] of parts.entries()) {
      const isLastPart = index === parts.length - 1;
      const target = isLastPart && !isActivatedLater ? result : next++;
      const norm = normStep && batchNormOf(normStep.layer, plan.trained.has(normStep.layer));
      operations.push(
        linearOperation(
          isLastPart ? { ...part, ...(norm && { norm }), ...(rectifier && { rectifier }) } : part,
          [value],
          target,
        ),
      );
      value = target;
    }
    if (isActivatedLater) operations.push(activationOperation(activation, [value], result));
  }

  function soleReader({ output: value }: Step, accepts: (reader: Step) => boolean): Step | undefined {
    const [reader, ...others] = readers.get(value) ?? [];
    if (!reader || others.length > 0 || value === output) return undefined;
    // The loss reads what goes into the last activation: folded into it, that would be lost.
    if (endsBeforeActivation(reader)) return undefined;
    return accepts(reader) ? reader : undefined;
  }

  function endsBeforeActivation(step: Step): boolean {
    return plan.takes === 'logits' && step.output === output;
  }
}

/** What a layer does to its linear part; undefined for nothing. */
function activationOf(layer: tfl.layers.Layer): string | undefined {
  const activation = layer.getConfig()['activation'] as string | null | undefined;
  return activation === null || activation === 'linear' ? undefined : activation;
}

/** A frozen batch norm, unless its gamma would cost the gradient of a kernel that is not trained. */
function isFoldable(plan: Plan, { layer }: Step, trainsKernel: boolean): boolean {
  return isBatchNorm(layer) && !plan.trainedBatchNorms.has(layer) && (trainsKernel || !plan.trained.has(layer));
}

function lowerOther(plan: Plan, step: Step): Operation {
  const { layer, inputs, output } = step;
  if (isBatchNorm(layer)) {
    const norm = batchNormOf(layer, plan.trained.has(layer));
    return plan.trainedBatchNorms.has(layer)
      ? trainedBatchNormOperation(norm, inputs, output)
      : frozenBatchNormOperation(norm, inputs, output);
  }
  if (isDropout(layer)) return dropoutOperation(layer, inputs, output);
  const rectifier = rectifierOf(layer);
  if (rectifier) return rectifierOperation(rectifier, inputs, output);
  const kind = layer.getClassName();
  if (kind === 'Add' && hasEqualInputs(step)) return addOperation(inputs, output);
  if (kind === 'Concatenate' && joinsChannels(step)) return concatenateOperation(inputs, output);
  if (kind === 'GlobalAveragePooling2D' && layer.getConfig()['dataFormat'] !== 'channelsFirst')
    return globalAveragePoolingOperation(inputs, output);
  return tapedOperation({
    inputs,
    output,
    isCostly: !cheapLayers.has(kind),
    variables: plan.trained.has(layer)
      ? layer.weights
          .map((weight) => weight.read() as tf.Variable)
          .filter((variable) => plan.variables.includes(variable))
      : [],
    run: (given) => onlyOutput(layer, layer.call([...given], { training: true })),
  });
}

/** Layers whose result is computed again rather than kept: a pass over the pixels or less. */
const cheapLayers: ReadonlySet<string> = new Set([
  'Activation',
  'Cropping2D',
  'ELU',
  'Flatten',
  'LeakyReLU',
  'Multiply',
  'ReLU',
  'Rescaling',
  'Reshape',
  'Softmax',
  'ZeroPadding2D',
]);

function activationOperation(activation: string, inputs: readonly number[], output: number): Operation {
  const layer = tfl.layers.activation({ activation: activation as 'elu' });
  return tapedOperation({
    inputs,
    output,
    isCostly: false,
    variables: [],
    run: ([x]) => layer.call(x!, {}) as tf.Tensor,
  });
}

function rectifierOf(layer: tfl.layers.Layer): Rectifier | undefined {
  const { activation, maxValue } = layer.getConfig() as { activation?: unknown; maxValue?: number | null };
  switch (layer.getClassName()) {
    case 'Activation':
      return isRectifier(activation) ? activation : undefined;
    case 'ReLU':
      return maxValue === undefined || maxValue === null ? 'relu' : maxValue === 6 ? 'relu6' : undefined;
    default:
      return undefined;
  }
}

/** tfjs applies a dense layer to the last axis of any tensor. */
const isDenseOfMaps = ({ layer, outputShape }: Step): boolean =>
  layer.getClassName() === 'Dense' && outputShape.length !== 2;

const hasEqualInputs = ({ inputShapes }: Step): boolean =>
  new Set(inputShapes.map((shape) => JSON.stringify(shape))).size === 1;

function joinsChannels({ layer, outputShape }: Step): boolean {
  const axis = (layer.getConfig()['axis'] as number | undefined) ?? -1;
  return axis === -1 || axis === outputShape.length - 1;
}

function countReaders(steps: readonly Step[]): Map<number, Step[]> {
  const readers = new Map<number, Step[]>();
  for (const step of steps) for (const value of step.inputs) readers.set(value, [...(readers.get(value) ?? []), step]);
  return readers;
}

function onlyOutput(layer: tfl.layers.Layer, result: tf.Tensor | tf.Tensor[]): tf.Tensor {
  const [tensor, ...others] = Array.isArray(result) ? result : [result];
  if (!tensor || others.length > 0)
    throw new SpineError('model-invalid', `The layer "${layer.name}" has several outputs, which is not supported.`);
  return tensor;
}
