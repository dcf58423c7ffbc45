import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ndarrayOf, imageFromPixels, intensityRange, minMaxScale, toChannels, type Image } from 'spine-xray-ml';
import { anyImage, valuesOf } from '../support/pixels.js';

const failure = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe('imageFromPixels', () => {
  it('lays the pixels out row by row, channels interleaved, without a copy', () => {
    const data = Uint8Array.from({ length: 24 }, (_, i) => i);
    const image = imageFromPixels(data, { height: 2, width: 4, channels: 3 });
    expect(image.shape).toEqual([2, 4, 3]);
    expect(image.get(1, 2, 1)).toBe(19);
    expect(image.data).toBe(data);
  });

  it('takes clamped bytes as bytes of the same memory', () => {
    const data = Uint8ClampedArray.of(0, 1, 2, 3).subarray(1);
    const image = imageFromPixels(data, { height: 1, width: 3 });
    data[0] = 9;
    expect(valuesOf(image)).toEqual([9, 2, 3]);
    expect(image.dtype).toBe('uint8');
  });

  it.each([
    [{ height: 2, width: 2 }, /are 4 numbers, got 6/],
    [{ height: 2, width: 3, channels: 3 }, /are 18 numbers, got 6/],
  ] as const)('refuses %j for six numbers', (layout, message) => {
    expect(() => imageFromPixels(new Uint8Array(6), layout)).toThrow(failure('image-shape', message));
  });

  it.each([
    ['no axis of channels', ndarrayOf(new Uint8Array(6), [2, 3]), 'image-shape', /three axes/],
    ['no pixel', ndarrayOf(new Uint8Array(0), [0, 3, 1]), 'image-shape', /at least one pixel/],
    ['four channels', ndarrayOf(new Uint8Array(8), [1, 2, 4]), 'image-shape', /1 channel \(grey\) or 3/],
    ['a shape beyond the data', ndarrayOf(new Uint8Array(5), [2, 3, 1]), 'image-shape', /reaches beyond/],
    [
      'a view that starts before the data',
      ndarrayOf(new Uint8Array(6), [2, 3, 1], [-3, 1, 1], 0),
      'image-shape',
      /reaches beyond/,
    ],
    ['64-bit reals', ndarrayOf(new Float64Array(6), [2, 3, 1]), 'invalid-argument', /Float64Array/],
    ['no ndarray', [[1, 2, 3]], 'invalid-argument', /is an ndarray/],
    ['nothing', undefined, 'invalid-argument', /is an ndarray/],
  ])('%s is no image', (_, image, code, message) => {
    expect(() => minMaxScale(image as Image)).toThrow(failure(code, message));
  });
});

describe('toChannels', () => {
  it('repeats grey, at the same depth', () => {
    const image = ndarrayOf(Uint16Array.of(1, 65535), [1, 2, 1]);
    const result = toChannels(image, 3);
    expect(result.data).toEqual(Uint16Array.of(1, 1, 1, 65535, 65535, 65535));
    expect(result.shape).toEqual([1, 2, 3]);
  });

  it('weighs colours by their luma, rounded for integers', () => {
    const colours = [255, 0, 0, 0, 255, 0, 0, 0, 255, 10, 20, 30];
    expect(valuesOf(toChannels(ndarrayOf(Uint8Array.from(colours), [2, 2, 3]), 1))).toEqual([76, 150, 29, 18]);
    expect(valuesOf(toChannels(ndarrayOf(Float32Array.of(1, 0.5, 0.25), [1, 1, 3]), 1))[0]).toBeCloseTo(
      0.299 + 0.2935 + 0.0285,
      6,
    );
  });

  it('brings grey back after repeating it', () => {
    fc.assert(
      fc.property(anyImage({ kinds: ['bytes', 'words'] }), (image) => {
        const grey = toChannels(image, 1);
        expect(valuesOf(toChannels(toChannels(grey, 3), 1))).toEqual(valuesOf(grey));
      }),
    );
  });

  it('returns an image that has the channels as it is', () => {
    const image = ndarrayOf(new Uint8Array(4), [2, 2, 1]);
    expect(toChannels(image, 1)).toBe(image);
    expect(() => toChannels(image, 2 as never)).toThrow(failure('invalid-argument', /channels must be/));
  });
});

describe('minMaxScale', () => {
  it('spans 0 to 1, keeps the order of pixels and changes nothing twice', () => {
    fc.assert(
      fc.property(anyImage(), (image) => {
        const before = valuesOf(image);
        const once = valuesOf(minMaxScale(image));
        expect(valuesOf(image)).toEqual(before);
        expect(valuesOf(minMaxScale(minMaxScale(image)))).toEqual(once);
        const { low, high } = intensityRange(image);
        expect([low, high]).toEqual([Math.min(...before), Math.max(...before)]);
        expect([Math.min(...once), Math.max(...once)]).toEqual(low === high ? [0, 0] : [0, 1]);
        before.forEach((value, i) => {
          if (value > before[0]!) expect(once[i]).toBeGreaterThanOrEqual(once[0]!);
        });
      }),
    );
  });

  it('gives zeros for a constant image', () => {
    expect(valuesOf(minMaxScale(ndarrayOf(new Float32Array(4).fill(0.1), [2, 2, 1])))).toEqual([0, 0, 0, 0]);
  });

  it.each([NaN, Infinity, -Infinity])('refuses %s, naming the pixel', (value) => {
    const image = ndarrayOf(new Float32Array(12).fill(1), [2, 2, 3]);
    image.set(1, 0, 2, value);
    expect(() => minMaxScale(image)).toThrow(failure('image-values', new RegExp(`\\[1, 0, 2\\] is ${value}`)));
  });
});
