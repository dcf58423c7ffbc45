import type { NdArray } from 'ndarray';
import { isPromise, quoted } from '../arguments.js';
import { SpineError } from '../errors.js';

/** Weights by name: `layer/variable` as Keras 3 names both, such as `block1_conv1/kernel`. */
export type NamedArrays = ReadonlyMap<string, NdArray<Float32Array | Float64Array>>;

export function isSameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((side, axis) => side === b[axis]);
}

/**
 * @throws SpineError `invalid-argument` for anything but arrays by name: nothing, a promise, or the bytes of a file,
 * say.
 */
export function requireArrays(caller: string, arrays: NamedArrays): void {
  const given = arrays as Partial<NamedArrays> | null | undefined;
  const isMap =
    typeof given === 'object' &&
    typeof given?.get === 'function' &&
    typeof given.keys === 'function' &&
    typeof given.entries === 'function';
  if (!isMap)
    throw new SpineError(
      'invalid-argument',
      `${caller} needs weights by name, a Map as readWeights(bytes) gives it; got ${quoted(given)}.${advice(given)}`,
    );
  for (const [name, array] of arrays) {
    const { data, shape } = (array as Partial<NdArray> | null | undefined) ?? {};
    if (typeof name !== 'string' || !ArrayBuffer.isView(data) || !Array.isArray(shape)) {
      throw new SpineError(
        'invalid-argument',
        `${caller} needs an ndarray for each name, as ndarrayOf(data, shape) makes it; ${quoted(name)} has ${quoted(array)}.`,
      );
    }
  }
}

function advice(given: unknown): string {
  if (isPromise(given)) return ' Await it.';
  if (ArrayBuffer.isView(given) || given instanceof ArrayBuffer)
    return ' These are the bytes of a file: await readWeights(bytes) first.';
  if (typeof given === 'string') return ' Read the file, and give its bytes to readWeights.';
  return typeof given === 'object' && given !== null && Object.getPrototypeOf(given) === Object.prototype
    ? ' Make it one: new Map(Object.entries(…)).'
    : '';
}
