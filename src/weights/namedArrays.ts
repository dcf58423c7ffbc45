import type { NdArray } from 'ndarray';

/** Weights by name: `layer/variable` as Keras 3 names both, such as `block1_conv1/kernel`. */
export type NamedArrays = ReadonlyMap<string, NdArray<Float32Array | Float64Array>>;

export function isSameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((side, axis) => side === b[axis]);
}
