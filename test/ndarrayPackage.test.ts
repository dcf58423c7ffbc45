/**
 * The library's views beside those of the package `ndarray`. The package compiles its own from text: these tests alone do
 * not run where code from text is forbidden.
 */
import fc from 'fast-check';
import ndarray, { type NdArray } from 'ndarray';
import { describe, expect, it } from 'vitest';
import { horizontalFlip, ndarrayOf, preprocess, type Image } from 'spine-xray-ml';
import type { NumberArray } from '../src/ndarray.js';
import { anyImage, valuesOf } from './support/pixels.js';

/** What can be done to a view of the given shape to get another one, by numbers that are no index among others. */
const steps = {
  lo: (shape: readonly number[]) => fc.tuple(...shape.map((length) => orOdd(fc.integer({ min: -1, max: length })))),
  hi: (shape: readonly number[]) => fc.tuple(...shape.map((length) => orOdd(fc.integer({ min: -1, max: length })))),
  step: (shape: readonly number[]) =>
    fc.tuple(...shape.map(() => orNull(fc.constantFrom(-3, -2, -1, 1, 2, 3, 1.5, -1.5, 2.9)))),
  transpose: (shape: readonly number[]) => fc.shuffledSubarray([...shape.keys()], { minLength: shape.length }),
  pick: (shape: readonly number[]) =>
    fc.tuple(...shape.map((length) => orOdd(fc.integer({ min: -1, max: Math.max(0, length - 1) })))),
};

const orOdd = (number: fc.Arbitrary<number>) =>
  orNull(fc.oneof({ weight: 3, arbitrary: number }, fc.constantFrom(NaN, 0.5, -0.5, 1.5, -0, -Infinity)));

const orNull = (number: fc.Arbitrary<number>) => fc.option(number, { nil: null, freq: 2 });

const kinds = [Uint8Array, Uint16Array, Int32Array, Float32Array, Float64Array];

const anyShape = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 });

/** Positions of all values, each as its indices. */
function positions(shape: readonly number[]): number[][] {
  return shape.reduce<number[][]>(
    (found, length) => found.flatMap((at) => Array.from({ length }, (_, index) => [...at, index])),
    [[]],
  );
}

function expectSame(ours: NdArray<NumberArray>, theirs: NdArray<NumberArray>): void {
  const facts = ({ shape, stride, offset, size, dimension, dtype }: NdArray<NumberArray>) => ({
    // A length or distance of −0 is none of 0 to a test alone.
    shape: shape.map((length) => length + 0),
    stride: stride.map((distance) => distance + 0),
    offset,
    size: size + 0,
    dimension,
    dtype,
  });
  expect(facts(ours)).toEqual(facts(theirs));
  // Axes that are equally far apart may come in either order.
  const distances = ({ order, stride }: NdArray<NumberArray>) => order.map((axis) => Math.abs(stride[axis]!));
  expect(distances(ours)).toEqual(distances(theirs));
  expect([...ours.order].sort()).toEqual([...theirs.order].sort());
  for (const at of positions(ours.shape)) {
    expect(ours.index(...at)).toBe(theirs.index(...at));
    expect(ours.get(...at)).toBe(theirs.get(...at));
  }
}

describe('ndarrayOf and the package ndarray', () => {
  it('makes the views that ndarray makes, over any chain of views', () => {
    fc.assert(
      fc.property(
        anyShape,
        fc.constantFrom(...kinds),
        fc.integer({ min: 0, max: 3 }),
        fc.array(fc.constantFrom(...(['lo', 'hi', 'step', 'transpose', 'pick'] as const)), { maxLength: 6 }),
        fc.gen(),
        (shape, Kind, before, chain, draw) => {
          const length = before + shape.reduce((product, side) => product * side, 1);
          const data: NumberArray = new Kind(length).map((_, index) => (7 * index) % 251);
          const stride = ndarray(data, shape).stride;
          let ours: NdArray<NumberArray> =
            before === 0 ? ndarrayOf(data, shape) : ndarrayOf(data, shape, stride, before);
          let theirs: NdArray<NumberArray> = before === 0 ? ndarray(data, shape) : ndarray(data, shape, stride, before);
          expectSame(ours, theirs);
          for (const name of chain) {
            if (ours.dimension === 0) break;
            const given = draw(steps[name], ours.shape) as number[];
            ours = ours[name](...given);
            theirs = theirs[name](...given);
            expectSame(ours, theirs);
            expect(ours.data).toBe(data);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each<['lo' | 'hi' | 'step' | 'pick' | 'transpose', (number | null)[]]>([
    ['lo', [NaN]],
    ['lo', [1.5, -0.5]],
    ['lo', [Infinity]],
    ['hi', [NaN]],
    ['hi', [1.5, -0.5]],
    ['hi', [Infinity]],
    ['step', [0]],
    ['step', [NaN, -0.5]],
    ['pick', [NaN]],
    ['pick', [-0.5]],
    ['pick', [1.5]],
    ['pick', [null, 1.5]],
    ['pick', [0.5, 0.5]],
    ['pick', [Infinity]],
    ['transpose', [1.5, 0]],
    ['transpose', [null, 1]],
    ['transpose', [NaN, 1]],
  ])('makes what ndarray makes of %s(%j)', (name, given) => {
    const data = Float32Array.from({ length: 14 }, (_, index) => index);
    const facts = ({ shape, stride, offset }: NdArray<Float32Array>) => ({
      shape: shape.map((length) => length + 0),
      stride: stride.map((distance) => distance + 0),
      offset,
    });
    const ours = ndarrayOf(data, [3, 4], [4, 1], 2)[name](...(given as number[]));
    const theirs = ndarray(data, [3, 4], [4, 1], 2)[name](...(given as number[]));
    expect(facts(ours)).toEqual(facts(theirs));
  });

  it.each([Uint8ClampedArray, Int8Array, Int16Array, Uint32Array, BigInt64Array])('names the type of %o', (Kind) => {
    const data = new Kind(4) as unknown as Int32Array;
    expect(ndarrayOf(data, [4]).dtype).toBe(ndarray(data, [4]).dtype);
  });

  it.each([NaN, 1.5, -0.5])('begins where ndarray begins: offset %d', (offset) => {
    const data = Float32Array.of(1, 2, 3, 4);
    expectSame(ndarrayOf(data, [2], [1], offset), ndarray(data, [2], [1], offset));
  });

  it('sets the value that ndarray sets, and gives it back', () => {
    fc.assert(
      fc.property(anyShape, fc.gen(), (shape, draw) => {
        const size = shape.reduce((product, side) => product * side, 1);
        const order = draw(steps.transpose, shape);
        const ours = ndarrayOf(new Int32Array(size), shape).transpose(...order);
        const theirs = ndarray(new Int32Array(size), shape).transpose(...order);
        positions(ours.shape).forEach((at, index) => {
          expect(ours.set(...at, index + 1)).toBe(index + 1);
          theirs.set(...at, index + 1);
        });
        expect(ours.data).toEqual(theirs.data);
      }),
    );
  });

  it.each([
    ['to the left', [2, 3], [3, -1]],
    ['upwards', [2, 3], [-3, 1]],
    ['both', [2, 3], [-3, -1]],
    ['with gaps', [2, 2, 1], [4, 2, 1]],
  ])('finds the first value of strides that run %s', (_, shape, stride) => {
    const data = Float32Array.from({ length: 8 }, (_, index) => index);
    expectSame(ndarrayOf(data, shape, stride), ndarray(data, shape, stride));
  });

  it('gives what is left when every axis is picked', () => {
    const one = ndarrayOf(Float32Array.of(1, 2, 3, 4), [2, 2]).pick(1, 0);
    expectSame(one, ndarray(Float32Array.of(1, 2, 3, 4), [2, 2]).pick(1, 0));
    one.set(9);
    expect(one.get()).toBe(9);
    expect(one.data).toEqual(Float32Array.of(1, 2, 9, 4));
  });

  it('both make images that are taken alike, strided views included', () => {
    fc.assert(
      fc.property(anyImage(), (image) => {
        const { data, shape, stride, offset } = image;
        const given = ndarray(data, shape, stride, offset) as Image;
        const size = { size: [3, 4] } as const;
        expect(valuesOf(preprocess(given, size))).toEqual(valuesOf(preprocess(image, size)));
        expect(valuesOf(horizontalFlip.apply(given))).toEqual(valuesOf(horizontalFlip.apply(image)));
      }),
      { numRuns: 30 },
    );
  });
});
