import type { NdArray } from 'ndarray';
import { quoted } from './arguments.js';
import { SpineError } from './errors.js';

/** The typed arrays that this library keeps numbers in. */
export type NumberArray = Uint8Array | Uint16Array | Int32Array | Float32Array | Float64Array;

/**
 * An ndarray over `data`, which is not copied: row-major unless strides are given, from the start of the data unless
 * strides below 0 or an offset say otherwise. Every ndarray of this library is made here.
 *
 * It is what the ndarray package makes of the same arguments, without the package, which compiles its views at run
 * time: a page whose Content-Security-Policy lacks 'unsafe-eval' forbids that.
 *
 * @param shape length of each axis.
 * @param stride distance in the data between neighbours along each axis.
 * @param offset position in the data of the first value.
 * @throws SpineError `invalid-argument` if `data` is not a typed array, or `shape` or `stride` not a list.
 */
export function ndarrayOf<T extends Uint8Array | Uint16Array | Int32Array | Float32Array | Float64Array>(
  data: T,
  shape: readonly number[],
  stride?: readonly number[],
  offset?: number,
): NdArray<T> {
  if (!ArrayBuffer.isView(data) || data instanceof DataView)
    throw new SpineError(
      'invalid-argument',
      'The data of an ndarray are a typed array, such as a Float32Array. Make one of a list with Float32Array.from.',
    );
  requireList('shape', shape);
  if (stride !== undefined) requireList('stride', stride);
  const distances = stride ?? rowMajorStride(shape);
  const first = offset === undefined ? firstOf(shape, distances) : whole(offset);
  return new View(data, [...shape], [...distances], first) as NdArray<NumberArray> as NdArray<T>;
}

function requireList(name: string, given: unknown): void {
  if (Array.isArray(given) || (ArrayBuffer.isView(given) && !(given instanceof DataView))) return;
  throw new SpineError(
    'invalid-argument',
    `The ${name} of an ndarray must be a list with a number for each axis, such as [height, width, channels]; got ${quoted(given)}.`,
  );
}

/** What ndarray takes a number for that is none of an index: whole towards 0, and 0 where it is not finite. */
const whole = (given: number): number => (Number.isFinite(given) ? Math.trunc(given) + 0 : 0);

function rowMajorStride(shape: readonly number[]): number[] {
  let step = 1;
  return shape
    .toReversed()
    .map((length) => {
      const stride = step;
      step *= length;
      return stride;
    })
    .reverse();
}

/** Where the first value lies if the data begin with the lowest one: an axis of negative stride runs down to them. */
function firstOf(shape: readonly number[], stride: readonly number[]): number {
  return stride.reduce((offset, step, axis) => (step < 0 ? offset - (shape[axis]! - 1) * step : offset), 0);
}

/** A view on data as the ndarray package describes it; other views of it share the data. */
class View implements NdArray<NumberArray> {
  constructor(
    public data: NumberArray,
    public shape: number[],
    public stride: number[],
    public offset: number,
  ) {}

  /** The element type as ndarray spells it, such as 'float32'. */
  get dtype(): NdArray<NumberArray>['dtype'] {
    const kind = this.data[Symbol.toStringTag].slice(0, -'Array'.length).toLowerCase();
    return (kind === 'uint8clamped' ? 'uint8_clamped' : kind) as NdArray<NumberArray>['dtype'];
  }

  get dimension(): number {
    return this.shape.length;
  }

  get size(): number {
    return this.shape.reduce((size, length) => size * length, 1);
  }

  /** The axes by the distance between neighbours, nearest first. */
  get order(): number[] {
    const distance = (axis: number) => Math.abs(this.stride[axis]!);
    return [...this.shape.keys()].sort((a, b) => distance(a) - distance(b));
  }

  /** The axes in reverse. */
  get T(): View {
    return this.transpose(...[...this.shape.keys()].reverse());
  }

  index(...at: number[]): number {
    let position = this.offset;
    for (let axis = 0; axis < this.stride.length; axis++) position += this.stride[axis]! * at[axis]!;
    return position;
  }

  // Matrices and images are read in loops over all values, where a loop over the axes would take twice the time.

  get(i?: number, j?: number, k?: number, ...rest: number[]): number {
    const { data, stride, offset } = this;
    if (stride.length === 3) return data[offset + stride[0]! * i! + stride[1]! * j! + stride[2]! * k!]!;
    if (stride.length === 2) return data[offset + stride[0]! * i! + stride[1]! * j!]!;
    return data[this.index(i!, j!, k!, ...rest)]!;
  }

  /** @returns the last argument, the value. */
  set(i?: number, j?: number, k?: number, value?: number, ...rest: number[]): number {
    const { data, stride, offset } = this;
    if (stride.length === 3) return (data[offset + stride[0]! * i! + stride[1]! * j! + stride[2]! * k!] = value!);
    if (stride.length === 2) return (data[offset + stride[0]! * i! + stride[1]! * j!] = k!);
    const all = [i!, j!, k!, value!, ...rest];
    return (data[this.index(...all)] = all[stride.length]!);
  }

  /** The view from these indices on; an axis without one stays whole. */
  lo(...from: (number | null)[]): View {
    const shape = [...this.shape];
    let { offset } = this;
    this.eachGiven(from, (axis, given) => {
      if (!(given >= 0)) return;
      const index = whole(given);
      shape[axis]! -= index;
      offset += this.stride[axis]! * index;
    });
    return new View(this.data, shape, [...this.stride], offset);
  }

  /** The first so many along each axis; an axis without a number stays whole. */
  hi(...lengths: (number | null)[]): View {
    const shape = [...this.shape];
    this.eachGiven(lengths, (axis, length) => {
      if (!(length < 0)) shape[axis] = whole(length);
    });
    return new View(this.data, shape, [...this.stride], this.offset);
  }

  /** Each so-manieth along each axis; from its end if the step is below 0. */
  step(...steps: (number | null)[]): View {
    const [shape, stride] = [[...this.shape], [...this.stride]];
    let { offset } = this;
    this.eachGiven(steps, (axis, given) => {
      const step = whole(given);
      if (step < 0) offset += stride[axis]! * (shape[axis]! - 1);
      shape[axis] = Math.ceil(shape[axis]! / Math.abs(step));
      stride[axis]! *= step;
    });
    return new View(this.data, shape, stride, offset);
  }

  /** The axes in another order: the first of the result is the axis of the first number. */
  transpose(...axes: number[]): View {
    const from = this.shape.map((_, axis) => (axes[axis] === undefined ? axis : whole(axes[axis])));
    return new View(
      this.data,
      from.map((axis) => this.shape[axis]!),
      from.map((axis) => this.stride[axis]!),
      this.offset,
    );
  }

  /** The part at these indices, without their axes; an axis whose index is null or below 0 stays. */
  pick(...at: (number | null)[]): View {
    const picked = new Set<number>();
    let { offset } = this;
    this.eachGiven(at, (axis, index) => {
      if (!(index >= 0)) return;
      picked.add(axis);
      // Half an index is half a stride, and that may be whole.
      offset = whole(offset + this.stride[axis]! * index);
    });
    const left = [...this.shape.keys()].filter((axis) => !picked.has(axis));
    return new View(
      this.data,
      left.map((axis) => this.shape[axis]!),
      left.map((axis) => this.stride[axis]!),
      offset,
    );
  }

  private eachGiven(numbers: readonly (number | null)[], use: (axis: number, given: number) => void): void {
    for (const axis of this.shape.keys()) {
      const given = numbers[axis];
      if (typeof given === 'number') use(axis, given);
    }
  }
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
