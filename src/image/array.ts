import ndarray, { type NdArray } from 'ndarray';

/** The typed arrays that this library keeps numbers in. */
export type NumberArray = Uint8Array | Uint16Array | Int32Array | Float32Array | Float64Array;

/**
 * An ndarray over `data`, row-major unless strides are given. Every ndarray of this library is made here: the ndarray
 * package compiles its views at run time, and this is the one door to it.
 */
export function array<T extends NumberArray>(
  data: T,
  shape: readonly number[],
  stride?: readonly number[],
  offset?: number,
): NdArray<T> {
  return ndarray(data, [...shape], stride && [...stride], offset);
}
