import ndarray, { type NdArray } from 'ndarray';

/** The typed arrays that this library keeps numbers in. */
export type NumberArray = Uint8Array | Uint16Array | Int32Array | Float32Array | Float64Array;

/**
 * An ndarray over `data`, row-major unless strides are given. Every ndarray of this library is made here: the ndarray
 * package compiles its views at run time, and this is the one door to it.
 */
export function ndarrayOf<T extends NumberArray>(
  data: T,
  shape: readonly number[],
  stride?: readonly number[],
  offset?: number,
): NdArray<T> {
  return ndarray(data, [...shape], stride && [...stride], offset);
}

/** The values of an ndarray in row-major order: its own data where they lie so, without a copy. */
export function rowMajor<T extends Float32Array | Float64Array>({ data, shape, stride, offset, size }: NdArray<T>): T {
  let expected = 1;
  const isRowMajor = [...shape.keys()].reverse().every((axis) => {
    const fits = shape[axis] === 1 || stride[axis] === expected;
    expected *= shape[axis]!;
    return fits;
  });
  if (isRowMajor) return data.subarray(offset, offset + size) as T;

  const values = new (data.constructor as new (length: number) => T)(size);
  const last = shape.length - 1;
  const [columns, step] = [shape[last]!, stride[last]!];
  const index = shape.map(() => 0);
  let position = 0;
  while (position < size) {
    let from = index.reduce((sum, at, axis) => sum + at * stride[axis]!, offset);
    for (const end = position + columns; position < end; from += step) values[position++] = data[from]!;
    for (let axis = last - 1; axis >= 0 && (index[axis] = index[axis]! + 1) === shape[axis]; axis--) index[axis] = 0;
  }
  return values;
}
