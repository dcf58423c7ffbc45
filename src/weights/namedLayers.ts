import type { NdArray } from 'ndarray';
import { uniqueLayerNames, type LayerPlace } from './layerNames.js';
import type { NamedArrays } from './namedArrays.js';

/** A layer of a file with its variables in the file's order. */
export interface FileLayer extends LayerPlace {
  readonly variables: readonly (readonly [name: string, value: NdArray<Float32Array | Float64Array>])[];
}

/** @param reject called with a reason if two weights have one name. */
export function nameArrays(layers: readonly FileLayer[], reject: (reason: string) => never): NamedArrays {
  const named = new Map<string, NdArray<Float32Array | Float64Array>>();
  const names = uniqueLayerNames(layers);
  for (const [index, { variables }] of layers.entries()) {
    for (const [variable, value] of variables) {
      const name = `${names[index]!}/${variable}`;
      if (named.has(name)) reject(`it holds "${name}" twice`);
      named.set(name, value);
    }
  }
  return named;
}
