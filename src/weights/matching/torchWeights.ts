import type * as tfl from '@tensorflow/tfjs-layers';
import type { NdArray } from 'ndarray';
import { SpineError } from '../../errors.js';
import type { NamedArrays } from '../namedArrays.js';
import { currentNames } from './torchvisionNames.js';
import { ndarrayOf } from '../../ndarray.js';
import { flatLayers } from '../../network/index.js';

type FloatNdArray = NdArray<Float32Array | Float64Array>;

const variables = ['weight', 'bias', 'running_mean', 'running_var', 'num_batches_tracked'];

/** Whether a weight is named as in a torch state dict, `layer1.0.conv1.weight`, and not `layer/variable`. */
export const isTorchName = (name: string): boolean =>
  !name.includes('/') && variables.includes(name.slice(name.lastIndexOf('.') + 1));

/**
 * Whether more weights are named as in a torch state dict than as `layer/variable`: a head of ours may be among them.
 */
export function areTorchNamed(names: Iterable<string>): boolean {
  const all = [...names];
  return all.filter(isTorchName).length > all.filter((name) => name.includes('/')).length;
}

/**
 * Weights in torch naming under the names, and with the axes, that `model` has for them: its layers are named after
 * torch's modules, as those of a backbone with `variant: 'torch'` are. Convolutions turn from [out, in, height, width]
 * to [height, width, in, out], depthwise ones to [height, width, in, multiplier], dense layers from [out, in] to
 * [in, out]. Names of timm and of older torchvision files are known. What the model has no layer for keeps its torch
 * name; counts of batches (`num_batches_tracked`) are left out. The arrays are views of those given.
 *
 * @throws SpineError `weights-mismatch` if two weights have one name here.
 */
export function torchWeights(weights: NamedArrays, model: tfl.LayersModel): NamedArrays {
  const givenNames = new Map<string, string>();
  for (const [given, current] of currentNames([...weights.keys()])) {
    const other = givenNames.get(current);
    if (other !== undefined)
      throw new SpineError(
        'weights-mismatch',
        `The weights have "${current}" twice, as "${other}" and as "${given}". Leave one out.`,
        { details: { names: [other, given] } },
      );
    givenNames.set(current, given);
  }
  const translated = new Map<string, FloatNdArray>();
  const used = new Set<string>();
  for (const layer of flatLayers(model)) {
    for (const [variable, torchVariable, turn] of translations(layer)) {
      const given = givenNames.get(`${layer.name}.${torchVariable}`);
      const values = given === undefined ? undefined : weights.get(given);
      if (given === undefined || values === undefined) continue;
      used.add(given);
      translated.set(`${layer.name}/${variable}`, turn(values));
    }
  }
  for (const [given, values] of weights) {
    if (used.has(given) || given.endsWith('num_batches_tracked')) continue;
    if (translated.has(given))
      throw new SpineError(
        'weights-mismatch',
        `The weights have "${given}" twice, once in the names of torch. Leave one out.`,
        { details: { names: [given] } },
      );
    translated.set(given, values);
  }
  return translated;
}

type Translation = readonly [variable: string, torchVariable: string, turn: (values: FloatNdArray) => FloatNdArray];

function translations(layer: tfl.layers.Layer): readonly Translation[] {
  const same = (values: FloatNdArray) => values;
  switch (layer.getClassName()) {
    case 'Conv2D':
      return [
        ['kernel', 'weight', (values) => turned(values, [2, 3, 1, 0])],
        ['bias', 'bias', same],
      ];
    case 'DepthwiseConv2D': {
      const multiplier = layer.weights[0]?.shape[3] ?? 1;
      return [
        ['kernel', 'weight', (values) => depthwise(values, multiplier)],
        ['bias', 'bias', same],
      ];
    }
    case 'Dense':
      return [
        ['kernel', 'weight', (values) => turned(values, [1, 0])],
        ['bias', 'bias', same],
      ];
    case 'BatchNormalization':
      return [
        ['gamma', 'weight', same],
        ['beta', 'bias', same],
        ['moving_mean', 'running_mean', same],
        ['moving_variance', 'running_var', same],
      ];
    default:
      return [];
  }
}

/** A view with the axes in another order; as it is if it has not as many, for its shape to be refused. */
function turned(values: FloatNdArray, axes: readonly number[]): FloatNdArray {
  const { data, shape, stride, offset } = values;
  if (shape.length !== axes.length) return values;
  return ndarrayOf(
    data,
    axes.map((axis) => shape[axis]!),
    axes.map((axis) => stride[axis]!),
    offset,
  );
}

/** torch has all channels of an input, then those of the next, along one axis: [in · multiplier, 1, height, width]. */
function depthwise(values: FloatNdArray, multiplier: number): FloatNdArray {
  const { data, shape, stride, offset } = values;
  const [channels, one, height, width] = shape;
  const [step, , down, right] = stride;
  if (shape.length !== 4 || one !== 1 || channels! % multiplier !== 0) return values;
  return ndarrayOf(
    data,
    [height!, width!, channels! / multiplier, multiplier],
    [down!, right!, step! * multiplier, step!],
    offset,
  );
}
