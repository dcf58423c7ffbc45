import { readFileSync } from 'node:fs';
import type * as tfl from '@tensorflow/tfjs-layers';
import { ndarrayOf, type BackboneName, type NamedArrays } from 'spine-xray-ml';
import { modelWeights } from 'spine-xray-ml/weights';
import { rowMajor } from '../../src/ndarray.js';
import { formulaWeight } from './formula.js';

interface TorchNames {
  /** Of the names and shapes in a state dict, by library and backbone; what lies behind the feature maps left out. */
  readonly digests: Readonly<Record<'torchvision' | 'timm', Readonly<Record<string, string>>>>;
  readonly efficientnet_b0: readonly Pair[];
  readonly efficientnet_b3: readonly Pair[];
}

type Pair = readonly [timm: string, torchvision: string, shape: readonly number[]];

export const torchNames = JSON.parse(
  readFileSync(new URL('../golden/torch_names.json', import.meta.url), 'utf8'),
) as TorchNames;

/** Whose names a state dict has. */
export type Naming = 'torchvision' | 'timm' | 'older torchvision';

/** The namings that differ in state dicts of a backbone: timm's are torchvision's in most. */
export function namingsOf(backbone: BackboneName): readonly Naming[] {
  const { torchvision, timm } = torchNames.digests;
  const namings: Naming[] = ['torchvision'];
  if (timm[backbone] !== undefined && timm[backbone] !== torchvision[backbone]) namings.push('timm');
  if (backbone.startsWith('densenet')) namings.push('older torchvision');
  return namings;
}

const variables: Readonly<Record<string, string>> = {
  kernel: 'weight',
  gamma: 'weight',
  beta: 'bias',
  moving_mean: 'running_mean',
  moving_variance: 'running_var',
};

/** A model's weights by formula as torch would save them: its names, its axes, its counts of batches. */
export function formulaState(model: tfl.LayersModel, backbone: BackboneName, naming: Naming): NamedArrays {
  const renamed = moduleNames(backbone, naming);
  const state = new Map<string, ReturnType<typeof ndarrayOf<Float32Array | Float64Array>>>();
  for (const { name, shape } of modelWeights(model)) {
    const slash = name.lastIndexOf('/');
    const [layer, variable] = [name.slice(0, slash), name.slice(slash + 1)];
    const values = ndarrayOf(formulaWeight(name, shape), shape);
    const turned =
      shape.length === 4 ? values.transpose(...(isDepthwise(shape) ? [2, 3, 0, 1] : [3, 2, 0, 1])) : values;
    const module = renamed(layer);
    state.set(`${module}.${variables[variable] ?? variable}`, ndarrayOf(rowMajor(turned), turned.shape));
    if (variable === 'moving_mean') state.set(`${module}.num_batches_tracked`, ndarrayOf(new Float64Array(1), []));
  }
  return state;
}

const isDepthwise = ([, , channels, multiplier]: readonly number[]) => multiplier === 1 && channels !== 1;

function moduleNames(backbone: BackboneName, naming: Naming): (module: string) => string {
  if (naming === 'older torchvision')
    return (module) => module.replace(/(\.denselayer\d+\.(?:norm|conv))([12])$/, '$1.$2');
  const pairs = { efficientnetB0: torchNames.efficientnet_b0, efficientnetB3: torchNames.efficientnet_b3 }[
    backbone as string
  ];
  if (naming === 'torchvision' || pairs === undefined) return (module) => module;
  const names = new Map(
    pairs.map(([timm, torchvision]) => [torchvision.replace(/\.weight$/, ''), timm.replace(/\.weight$/, '')]),
  );
  return (module) => names.get(module) ?? `no module of timm's: ${module}`;
}
