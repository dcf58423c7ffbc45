import type { NdArray } from 'ndarray';
import { isPromise } from './arguments.js';
import { SpineError } from './errors.js';
import { checked, listOf, names, numberFrom, required, type Rule } from './options.js';

/**
 * Data that some function made, such as a history: an object with these fields, each as its rule says. What else it has
 * is left alone, for data of a later version have more; it is given back as it came.
 */
/* @__NO_SIDE_EFFECTS__ */
export function dataWith<T extends object>(
  expects: string,
  fields: { readonly [Name in keyof T]?: Rule<T[Name]> },
  advice?: (given: unknown) => string | undefined,
): Rule<T> {
  return {
    expects,
    accepts: isRecord,
    ...(advice && { advice }),
    complete(given, path) {
      for (const [name, rule] of Object.entries<Rule<unknown> | undefined>(fields)) {
        const field = (given as Readonly<Record<string, unknown>>)[name];
        if (rule && (field !== undefined || rule.isRequired)) checked(`${path}.${name}`, field, rule);
      }
      return given;
    },
  };
}

/** An object with names of its own: no list, map or set. */
export function isRecord(given: unknown): given is Readonly<Record<string, unknown>> {
  return typeof given === 'object' && given !== null && !(Symbol.iterator in given) && !isPromise(given);
}

/** A number, NaN where there is none: null in JSON. */
export const numberOrNone: Rule<number> = {
  expects: 'a number, or NaN where there is none',
  accepts: (given) => typeof given === 'number' || given === null,
};

/** Numbers in a row. */
export const numberList: Rule<Float64Array> = {
  expects: 'a typed array, or a list of numbers',
  accepts: (given) => (ArrayBuffer.isView(given) && !(given instanceof DataView)) || Array.isArray(given),
};

/** An ndarray, of so many axes if their number is given. */
/* @__NO_SIDE_EFFECTS__ */
export function ndarrayWith(shape: string, axes?: number): Rule<NdArray<never>> {
  return {
    expects: `an ndarray ${shape}`,
    accepts: (given) => {
      const { shape: lengths, stride, data, get } = (given ?? {}) as Partial<NdArray>;
      return (
        Array.isArray(lengths) &&
        (axes === undefined || lengths.length === axes) &&
        Array.isArray(stride) &&
        ArrayBuffer.isView(data) &&
        typeof get === 'function'
      );
    },
  };
}

interface Matrix {
  readonly classes: readonly string[];
  readonly counts: readonly (readonly number[])[];
}

const matrixRule: Rule<Matrix> = dataWith<Matrix>('a confusion matrix { classes, counts }', {
  classes: required(names),
  counts: required(listOf(listOf(numberFrom(0)), 'a list of rows, each a list of numbers, 0 or more')),
});

/** @throws SpineError `invalid-argument` for what is no confusion matrix, or one that is not square over its classes. */
export function checkMatrix(matrix: Matrix): void {
  const { classes, counts } = checked('matrix', matrix, matrixRule);
  if (classes.length > 0 && counts.length === classes.length && counts.every((row) => row.length === classes.length))
    return;
  throw new SpineError(
    'invalid-argument',
    `A confusion matrix of ${classes.length} classes must have as many rows and columns, got ${counts.length} rows of ${counts.map((row) => row.length).join(', ')}.`,
  );
}
