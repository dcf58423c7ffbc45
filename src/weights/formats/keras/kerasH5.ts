import { fail, readHdf5, type Hdf5File } from '../hdf5/index.js';
import { variableNames } from '../../layerNames.js';
import { nameArrays, type FileLayer } from '../../namedLayers.js';
import type { NamedArrays } from '../../namedArrays.js';
import { readVariableStore } from './kerasVariables.js';

/**
 * Reads the weights of a Keras `.h5` file: a whole model or weights alone in the legacy layout of Keras 1 to 3, or
 * Keras 3's `.weights.h5`. Which it is shows in its content. 16- and 32-bit floats become float32; 64-bit floats and
 * integers float64. Nothing of `bytes` is copied or kept.
 *
 * A `.weights.h5` names no variables. Where the class of the layer says what they are, they get Keras's names;
 * otherwise `layer/vars/0`, `…/1`, which {@link loadWeights} settles by the model's own layer. Files of the first
 * versions of Keras 3 name no layers either: theirs are `layers/conv2d_7/vars/0`, the eighth convolution of the model.
 *
 * Needs the optional package h5wasm.
 *
 * @throws SpineError `weights-format` if the file is truncated, damaged, or no weight file of Keras;
 * `dependency-missing` without h5wasm.
 */
export function readKerasH5(bytes: Uint8Array): Promise<NamedArrays> {
  return readHdf5(bytes, 'Keras .h5 file', (file) => {
    if (file.kind('/model_weights') === 'group') return readLegacy(file, '/model_weights');
    if (hasList(file, '/', 'layer_names')) return readLegacy(file, '/');
    return readVariableStore(file);
  });
}

/** Each layer has a group that lists its weights; a model that is nested counts as one layer. */
function readLegacy(file: Hdf5File, root: string): NamedArrays {
  if (!hasList(file, root, 'layer_names')) fail('it lists no layers');
  const layers: FileLayer[] = [];
  for (const layer of listOf(file, root, 'layer_names')) {
    const group = join(root, layer);
    const written = listOf(file, group, 'weight_names');
    for (const [path, names] of byOwner(layer, written)) {
      const owner = path.at(-1)!;
      const variables = variableNames(owner, names);
      layers.push({
        models: path.slice(0, -1),
        layer: owner,
        variables: names.map((name, index) => [variables[index]!, file.numbers(join(group, name))] as const),
      });
    }
  }
  return nameArrays(layers, fail);
}

const join = (group: string, name: string) => (group === '/' ? `/${name}` : `${group}/${name}`);

/** The weights of a layer's group by the layers they belong to: itself or, in a nested model, those in it. */
function byOwner(
  layer: string,
  written: readonly string[],
): readonly (readonly [path: readonly string[], names: readonly string[]])[] {
  const owners = new Map<string, string[]>();
  for (const name of written) {
    const owner = name.split('/').slice(0, -1).join('/');
    owners.set(owner, [...(owners.get(owner) ?? []), name]);
  }
  const [only] = owners.keys();
  if (owners.size === 1 && only !== undefined && isItself(layer, only)) return [[[layer], written]];
  return [...owners].map(([owner, names]) => {
    const path = owner.split('/');
    // Keras 3 repeats the name of a sequential model in those of its weights, and of others not.
    return [path[0] === layer ? path : [layer, ...path], names] as const;
  });
}

/** A layer's weights carry its name, with a number behind it where a session made two of that name, or none at all. */
function isItself(layer: string, owner: string): boolean {
  const last = owner.split('/').at(-1)!;
  return owner === '' || last === layer || (last.startsWith(`${layer}_`) && /^\d+$/.test(last.slice(layer.length + 1)));
}

const hasList = (file: Hdf5File, path: string, name: string) => {
  const names = file.attributeNames(path);
  return names.includes(name) || names.includes(`${name}0`);
};

/** A list of names; one over 64 kB is cut into `name0`, `name1`, …. */
function listOf(file: Hdf5File, path: string, name: string): readonly string[] {
  const attributes = new Set(file.attributeNames(path));
  if (attributes.has(name)) return file.texts(path, name);
  const names: string[] = [];
  for (let part = 0; attributes.has(`${name}${part}`); part++) names.push(...file.texts(path, `${name}${part}`));
  return names;
}
