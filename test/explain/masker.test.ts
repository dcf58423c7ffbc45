import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { blurMasker, constantMasker, imageMasker, ndarrayOf } from 'spine-xray-ml';
import { goldenImage, largestDifference } from './support.js';

interface Blur {
  readonly shape: readonly number[];
  readonly size: readonly [number, number];
  readonly values: readonly number[];
}

const { blurs } = JSON.parse(readFileSync(new URL('../golden/shap_partition.json', import.meta.url), 'utf8')) as {
  readonly blurs: readonly Blur[];
};

describe('blurMasker', () => {
  it.each(blurs)('$shape by $size equals OpenCV’s blur', ({ shape, size, values }) => {
    const image = goldenImage(shape);
    const bright = ndarrayOf(
      image.data.map((value) => value * 255),
      shape,
    );
    const { data } = blurMasker({ size }).background(bright);
    // Values up to 255, references to 7 digits.
    expect(largestDifference(data, values)).toBeLessThan(5e-5);
  });

  it('a number is both sides; the mean of bytes is a real number', () => {
    const bytes = ndarrayOf(Uint8Array.of(0, 1, 0, 0), [2, 2, 1]);
    expect(blurMasker({ size: 2 }).background(bytes)).toEqual(blurMasker({ size: [2, 2] }).background(bytes));
    expect([...blurMasker({ size: 2 }).background(bytes).data]).toEqual([0.25, 0.25, 0.25, 0.25]);
  });

  it('reads strided views: the blur of a transposed image is the transposed blur', () => {
    const image = goldenImage([4, 6, 3]);
    const blurred = blurMasker({ size: [3, 5] }).background(image);
    const ofTransposed = blurMasker({ size: [5, 3] }).background(image.transpose(1, 0, 2));
    const transposedBack = ofTransposed.transpose(1, 0, 2);
    const differences = Array.from({ length: 24 }, (_, pixel) => {
      const [row, column] = [Math.floor(pixel / 6), pixel % 6];
      return Math.abs(blurred.get(row, column, 1) - transposedBack.get(row, column, 1));
    });
    expect(Math.max(...differences)).toBeLessThan(1e-6);
  });

  it('is the mean over the reflected line, also for boxes of several periods', () => {
    const reals = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 9 });
    fc.assert(
      fc.property(reals, fc.integer({ min: 1, max: 60 }), (values, side) => {
        const { length } = values;
        const reflected = (index: number): number =>
          length === 1
            ? values[0]!
            : index < 0
              ? reflected(-index)
              : index >= length
                ? reflected(2 * (length - 1) - index)
                : values[index]!;
        const mean = (index: number) => {
          const box = Array.from({ length: side }, (_, offset) => reflected(index - Math.floor(side / 2) + offset));
          return box.reduce((sum, value) => sum + value, 0) / side;
        };
        const { data } = blurMasker({ size: [1, side] }).background(ndarrayOf(Uint8Array.from(values), [1, length, 1]));
        expect(
          largestDifference(
            data,
            values.map((_, index) => mean(index)),
          ),
        ).toBeLessThan(1e-4);
      }),
    );
  });

  it('the largest box is the mean over a period', () => {
    const { data } = blurMasker({ size: Number.MAX_SAFE_INTEGER }).background(
      ndarrayOf(Uint8Array.of(0, 60, 240), [1, 3, 1]),
    );
    expect(largestDifference(data, [90, 90, 90])).toBeLessThan(1e-4);
  });

  it.each([0, -1, 2.5, NaN, [3, 0], [3]])('refuses the size %j', (size) => {
    expect(() => blurMasker({ size: size as number })).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});

describe('constantMasker', () => {
  it('shows one value everywhere', () => {
    const { data, shape } = constantMasker(5).background(goldenImage([5, 5, 3]));
    expect([...data]).toEqual(Array(75).fill(5));
    expect(shape).toEqual([5, 5, 3]);
  });

  it('shows one value per channel', () => {
    const { data } = constantMasker([1, 2, 3]).background(goldenImage([2, 1, 3]));
    expect([...data]).toEqual([1, 2, 3, 1, 2, 3]);
  });

  it('refuses values that are not finite, none, or of another number of channels', () => {
    const refused = expect.objectContaining({ code: 'invalid-argument' });
    expect(() => constantMasker(NaN)).toThrow(refused);
    expect(() => constantMasker([])).toThrow(refused);
    expect(() => constantMasker([1, 2, 3]).background(goldenImage([2, 2, 1]))).toThrow(refused);
    expect(() => constantMasker([1]).background(goldenImage([2, 2, 3]))).toThrow(refused);
  });
});

describe('imageMasker', () => {
  it('shows the other image as it was when the masker was made', () => {
    const other = ndarrayOf(Uint8Array.of(1, 2, 3, 4), [2, 2, 1]);
    const masker = imageMasker(other);
    other.set(0, 0, 0, 99);
    expect([...masker.background(goldenImage([2, 2, 1])).data]).toEqual([1, 2, 3, 4]);
  });

  it('refuses NaN and images without channels', () => {
    expect(() => imageMasker(ndarrayOf(Float32Array.of(NaN), [1, 1, 1]))).toThrow(
      expect.objectContaining({ code: 'image-values' }),
    );
    expect(() => imageMasker(ndarrayOf(new Float32Array(4), [2, 2]))).toThrow(
      expect.objectContaining({ code: 'image-shape' }),
    );
  });
});
