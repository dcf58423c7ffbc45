import type * as tfl from '@tensorflow/tfjs-layers';
import { modelMetadata } from '../../models/index.js';
import { alignLayers } from './alignLayers.js';
import { fileLayers, type FileLayerEntry } from './fileLayers.js';
import { classLayerName, numberedName } from '../layerNames.js';
import { modelLayers, type ModelLayer } from './modelWeights.js';
import type { NamedArrays } from '../namedArrays.js';
import { isModel } from '../../network/index.js';

/**
 * Which name of a weight file belongs to which weight of the model, as a map from the model's names to the file's.
 *
 * Layers with names of their own are found by name. Automatic names (`conv2d_7`) say only in which order layers were
 * made: Keras counts from none or, after other models, from anywhere, and this library from one. So those of one class
 * are matched in order, see {@link alignLayers}. Files without names of layers (`layers/conv2d_7/vars/0`) count all
 * layers of a class, in the order of the model. Variables without a name are the layer's, in its order.
 *
 * @throws SpineError `weights-mismatch` if the order does not decide, or shapes in that order differ.
 */
export function matchNames(model: tfl.LayersModel, weights: NamedArrays): ReadonlyMap<string, string> {
  const own = modelLayers(model);
  const files = fileLayers(weights);
  const pairs = [...byName(own, files), ...byNumber(model, own, files), ...byOrdinal(model, own, files)];

  const matched = new Map<string, string>();
  for (const [layer, file] of pairs) {
    for (const [index, { name }] of layer.weights.entries()) {
      const fileName = file.isPositional
        ? file.names[index]
        : file.names[file.variables.indexOf(name.slice(layer.name.length + 1))];
      // A layer by its own name may lack a variable; one without names for its variables must have as many.
      if (fileName !== undefined && (!file.isPositional || file.names.length === layer.weights.length))
        matched.set(name, fileName);
    }
  }
  return matched;
}

type Pair = readonly [ModelLayer, FileLayerEntry];

function byName(own: readonly ModelLayer[], files: readonly FileLayerEntry[]): readonly Pair[] {
  const named = new Map(files.filter(({ kind }) => kind === 'named').map((file) => [file.key, file]));
  return own.flatMap((layer): Pair[] => {
    const file = automaticNumber(layer) === undefined ? named.get(layer.name) : undefined;
    return file ? [[layer, file]] : [];
  });
}

function byNumber(
  model: tfl.LayersModel,
  own: readonly ModelLayer[],
  files: readonly FileLayerEntry[],
): readonly Pair[] {
  const groups = new Map<string, { own: [number, ModelLayer][]; files: [number, FileLayerEntry][] }>();
  const group = (container: string, layerClass: string) => {
    const key = `${container}/${layerClass}`;
    const found = groups.get(key) ?? { own: [], files: [] };
    groups.set(key, found);
    return found;
  };
  for (const layer of own) {
    const number = automaticNumber(layer);
    const container = layer.name.slice(0, -layer.layer.length);
    if (number !== undefined) group(container, classLayerName(layer.className)).own.push([number, layer]);
  }
  for (const file of files) {
    if (file.kind === 'automatic') group(file.container, file.layerClass).files.push([file.number, file]);
  }
  const inOrder = <T>(numbered: [number, T][]) => numbered.sort(([a], [b]) => a - b).map(([, layer]) => layer);
  return [...groups.values()].flatMap(({ own: layers, files: entries }) =>
    alignLayers(inOrder(layers), inOrder(entries), { isCounted: isCounted(model) }),
  );
}

function byOrdinal(
  model: tfl.LayersModel,
  own: readonly ModelLayer[],
  files: readonly FileLayerEntry[],
): readonly Pair[] {
  const groups = new Map<string, (FileLayerEntry & { kind: 'ordinal' })[]>();
  for (const file of files) {
    if (file.kind !== 'ordinal') continue;
    const key = numberedName(file.key).base;
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  return [...groups.values()].flatMap((entries) => {
    const { models, layerClass } = entries[0]!;
    const path = nestedModels(model, models)?.join('/');
    const layers = own.filter(
      (layer) => layer.models.join('/') === path && classLayerName(layer.className) === layerClass,
    );
    return alignLayers(
      layers,
      entries.sort((a, b) => a.number - b.number),
      { isCounted: isCounted(model) },
    );
  });
}

/** Models of this library number their layers as they are built, as Keras does; of others it is not known. */
const isCounted = (model: tfl.LayersModel) => modelMetadata(model)?.backbone !== undefined;

/** 7 for `conv2d_7`, 0 for `conv2d`, if that is a convolution's automatic name. */
function automaticNumber({ layer, className }: ModelLayer): number | undefined {
  const base = classLayerName(className);
  if (layer === base) return 0;
  const rest = layer.startsWith(`${base}_`) ? layer.slice(base.length + 1) : '';
  return /^\d+$/.test(rest) ? Number(rest) : undefined;
}

/**
 * Names of the nested models on the way that a file without names gives: `functional_1` is the second functional one.
 */
function nestedModels(
  model: tfl.LayersModel,
  groups: readonly { readonly layerClass: string; readonly number: number }[],
): readonly string[] | undefined {
  const names: string[] = [];
  let container = model;
  for (const { layerClass, number } of groups) {
    const ofKind: readonly tfl.LayersModel[] = container.layers
      .filter(isModel)
      .filter((nested) => (nested.getClassName() === 'Sequential') === (layerClass === 'sequential'));
    const found = ofKind[number];
    if (!found) return undefined;
    names.push(found.name);
    container = found;
  }
  return names;
}
