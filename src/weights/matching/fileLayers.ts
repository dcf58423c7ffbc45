import { classVariables } from '../formats/index.js';
import { numberedName } from '../layerNames.js';
import type { NamedArrays } from '../namedArrays.js';

interface Entry {
  /** What comes before the variable in the names. */
  readonly key: string;
  /** Full names of its variables, in order; `variables` holds their last parts, or positions. */
  readonly names: readonly string[];
  readonly variables: readonly string[];
  /** Whether variables are known by position alone. */
  readonly isPositional: boolean;
  readonly shapes: readonly (readonly number[])[];
}

interface Numbered {
  readonly layerClass: string;
  readonly number: number;
}

/** A layer of a weight file, by what its name tells. */
export type FileLayerEntry =
  | (Entry & { readonly kind: 'named' })
  /** `conv2d_7`, in the container before it. */
  | (Entry & Numbered & { readonly kind: 'automatic'; readonly container: string })
  /** `layers/conv2d_7`: the eighth of its class, in nested models that are known by class and number as well. */
  | (Entry & Numbered & { readonly kind: 'ordinal'; readonly models: readonly Numbered[] });

/** The layers that a file's names are of. A name without a layer is of none. */
export function fileLayers(weights: NamedArrays): readonly FileLayerEntry[] {
  const layers = new Map<string, { names: string[]; variables: string[]; shapes: (readonly number[])[] }>();
  for (const [name, { shape }] of weights) {
    const match = /^(.+)\/(?:vars\/(\d+)|([^/]+))$/.exec(name);
    if (!match) continue;
    const isPositional = match[2] !== undefined;
    const key = `${match[1]!}${isPositional ? '/vars' : ''}`;
    const layer = layers.get(key) ?? { names: [], variables: [], shapes: [] };
    const index = isPositional ? Number(match[2]) : layer.names.length;
    layer.names[index] = name;
    layer.variables[index] = match[2] ?? match[3]!;
    layer.shapes[index] = shape;
    layers.set(key, layer);
  }
  return [...layers].map(([key, layer]) => {
    const isPositional = key.endsWith('/vars');
    const place = isPositional ? key.slice(0, -'/vars'.length) : key;
    return { ...layer, key: place, isPositional, ...kindOf(place) };
  });
}

type Kind =
  | { kind: 'named' }
  | ({ kind: 'automatic'; container: string } & Numbered)
  | ({ kind: 'ordinal'; models: readonly Numbered[] } & Numbered);

function kindOf(place: string): Kind {
  if (/^layers\/[^/]+(\/layers\/[^/]+)*$/.test(place)) {
    const groups = place
      .split('/')
      .filter((_, index) => index % 2 === 1)
      .map(numbered);
    return { kind: 'ordinal', models: groups.slice(0, -1), ...groups.at(-1)! };
  }
  const slash = place.lastIndexOf('/') + 1;
  const layer = numbered(place.slice(slash));
  const layerClass = olderClasses.get(layer.layerClass) ?? layer.layerClass;
  if (!classVariables.has(layerClass)) return { kind: 'named' };
  return { kind: 'automatic', container: place.slice(0, slash), layerClass, number: layer.number };
}

function numbered(name: string): Numbered {
  if (classVariables.has(name)) return { layerClass: name, number: 0 };
  const { base, number } = numberedName(name);
  return { layerClass: base, number };
}

/** As Keras 1 named them. */
const olderClasses: ReadonlyMap<string, string> = new Map([
  ['convolution2d', 'conv2d'],
  ['batchnormalization', 'batch_normalization'],
  ['separableconvolution2d', 'separable_conv2d'],
  ['separableconv2d', 'separable_conv2d'],
  ['depthwiseconv2d', 'depthwise_conv2d'],
]);
