import type { NdArray } from 'ndarray';
import { fail, type Hdf5File } from '../hdf5/index.js';
import { numberedName, type LayerPlace } from '../../layerNames.js';
import { nameArrays, type FileLayer } from '../../namedLayers.js';
import type { NamedArrays } from '../../namedArrays.js';

type FloatNdArray = NdArray<Float32Array | Float64Array>;

/** A layer as a `config.json` describes it. */
export interface LayerConfig {
  readonly name: string;
  /** Names of its variables by position, where the configuration decides them. */
  readonly variables?: (count: number) => readonly string[] | undefined;
}

/**
 * Looks up a layer by its path of groups, `conv2d_1` or `functional/conv2d`; undefined if it is in no configuration.
 */
export type FindLayer = (groups: readonly string[]) => (LayerPlace & Omit<LayerConfig, 'name'>) | undefined;

const deepest = 16;

/**
 * Keras 3's layout: groups `layers/conv2d_1/vars/0`, by class, number and position. Layer names stand in an attribute
 * of recent files; `find` knows them from elsewhere.
 */
export function readVariableStore(file: Hdf5File, find?: FindLayer): NamedArrays {
  const layers: FileLayer[] = [];
  const containers = ['layers', '_layer_checkpoint_dependencies'].filter((name) => file.kind(`/${name}`) === 'group');
  if (containers.length === 0) fail('it is not a weight file of Keras: it has neither layer_names nor layers');
  for (const container of containers) readContainer(`/${container}`, [], []);
  return nameArrays(layers, fail);

  function readContainer(path: string, groups: readonly string[], models: readonly string[]): void {
    if (groups.length > deepest) fail(`models are nested more than ${deepest} deep`);
    for (const group of inOrder(file.names(path))) {
      const layerPath = `${path}/${group}`;
      const here = [...groups, group];
      const name = layerName(layerPath);
      for (const child of file.names(layerPath)) {
        const childPath = `${layerPath}/${child}`;
        if (child === 'vars') readLayer(childPath, here, models, name);
        else if (containers.includes(`${child}`) || child === 'layers')
          readContainer(childPath, here, [...models, name ?? group]);
        else if (child !== 'seed_generator') readOther(childPath, here, 0);
      }
    }
  }

  function layerName(layerPath: string): string | undefined {
    const variables = `${layerPath}/vars`;
    if (file.kind(variables) !== 'group' || !file.attributeNames(variables).includes('name')) return undefined;
    return file.texts(variables, 'name')[0];
  }

  function readLayer(
    path: string,
    groups: readonly string[],
    models: readonly string[],
    name: string | undefined,
  ): void {
    const values = positional(path);
    if (values.length === 0) return;
    const known = find?.(groups);
    const place = known ?? (name === undefined ? { models: [], layer: ordinalName(groups) } : { models, layer: name });
    const named = (known?.variables ?? (name === undefined ? undefined : byClass(groups.at(-1)!)))?.(values.length);
    layers.push({
      ...place,
      variables: values.map((value, index) => [named?.[index] ?? `vars/${index}`, value] as const),
    });
  }

  /** Parts of a composite layer, which has no name here: kept under their path, to be reported. */
  function readOther(path: string, groups: readonly string[], depth: number): void {
    if (file.kind(path) !== 'group' || depth > deepest) return;
    for (const child of file.names(path)) {
      if (child !== 'vars') readOther(`${path}/${child}`, groups, depth + 1);
      else {
        const values = positional(`${path}/vars`);
        if (values.length > 0)
          layers.push({
            models: [],
            layer: path.slice(1),
            variables: values.map((value, index) => [`vars/${index}`, value] as const),
          });
      }
    }
  }

  function positional(path: string): readonly FloatNdArray[] {
    const names = file.names(path);
    const found = names.map((_, index) =>
      names.includes(String(index)) ? file.numbers(`${path}/${index}`) : fail(`"${path}" misses number ${index}`),
    );
    return found;
  }
}

/** Of a layer that has no name: `layers/conv2d_7`, or `layers/functional/layers/conv2d_7` in a nested model. */
const ordinalName = (groups: readonly string[]): string => groups.map((group) => `layers/${group}`).join('/');

/** Groups of one class by their number, whatever the order in the file. */
function inOrder(groups: readonly string[]): readonly string[] {
  return groups
    .map((group) => ({ group, ...numberedName(group) }))
    .sort((a, b) => (a.base < b.base ? -1 : a.base > b.base ? 1 : a.number - b.number))
    .map(({ group }) => group);
}

/** Variables of a group named after a class, or undefined where their number does not decide. */
function byClass(group: string): ((count: number) => readonly string[] | undefined) | undefined {
  return classVariables.get(numberedName(group).base);
}

const kernelAndBias = (count: number) => (count <= 2 ? ['kernel', 'bias'].slice(0, count) : undefined);

/**
 * By the names of groups. Of three variables of a batch norm the first may be gamma or beta: its configuration or the
 * model decides.
 */
export const classVariables: ReadonlyMap<string, (count: number) => readonly string[] | undefined> = new Map([
  ['conv1d', kernelAndBias],
  ['conv2d', kernelAndBias],
  ['conv2d_transpose', kernelAndBias],
  ['depthwise_conv2d', kernelAndBias],
  ['dense', kernelAndBias],
  [
    'separable_conv2d',
    (count) =>
      count === 2 || count === 3 ? ['depthwise_kernel', 'pointwise_kernel', 'bias'].slice(0, count) : undefined,
  ],
  [
    'batch_normalization',
    (count) =>
      count === 4
        ? ['gamma', 'beta', 'moving_mean', 'moving_variance']
        : count === 2
          ? ['moving_mean', 'moving_variance']
          : undefined,
  ],
  ['normalization', (count) => (count === 3 ? ['mean', 'variance', 'count'] : undefined)],
]);
