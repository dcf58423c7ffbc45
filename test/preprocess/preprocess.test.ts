import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ndarrayOf,
  intensityRange,
  minMaxScale,
  preprocess,
  preprocessDefaults,
  resize,
  toChannels,
  type Image,
} from 'spine-xray-ml';
import { anyImage, largestDifference, valuesOf } from '../support/pixels.js';

const failure = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

describe('preprocess', () => {
  it("gives the paper's 224×224×3 in [0, 1] by default", () => {
    const image = ndarrayOf(
      Uint16Array.from({ length: 79 * 38 }, (_, i) => 1000 + i),
      [79, 38, 1],
    );
    const result = preprocess(image);
    expect(result.shape).toEqual([224, 224, 3]);
    expect(result.stride).toEqual([672, 3, 1]);
    expect(result.data).toBeInstanceOf(Float32Array);
    expect(intensityRange(result)).toEqual({ low: 0, high: 1 });
    expect(preprocessDefaults).toEqual({ size: [224, 224], fit: 'stretch', channels: 3, normalize: 'minmax' });
  });

  it('is formula 1, then formula 2, whatever the number of channels', () => {
    fc.assert(
      fc.property(anyImage(), fc.constantFrom('stretch' as const, 'cover' as const), (image, fit) => {
        const resized = resize(image, { size: [6, 5], fit });
        expect(valuesOf(preprocess(image, { size: [6, 5], fit }))).toEqual(
          valuesOf(toChannels(minMaxScale(resized), 3)),
        );
        expect(valuesOf(preprocess(image, { size: [6, 5], fit, channels: 1 }))).toEqual(
          valuesOf(minMaxScale(toChannels(resized, 1))),
        );
      }),
    );
  });

  it('does not see a gain nor an offset of the exposure', () => {
    fc.assert(
      fc.property(anyImage({ kinds: ['bytes'] }), (image) => {
        const words = ndarrayOf(
          Uint16Array.from(valuesOf(image), (value) => 200 * value + 1000),
          image.shape,
        );
        const [a, b] = [image, words].map((one) => valuesOf(preprocess(one, { size: [7, 7] })));
        expect(largestDifference(a!, b!)).toBeLessThan(1e-4);
      }),
    );
  });

  it('gives zeros for a constant film of any value, though resizing rounds', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const image = ndarrayOf(new Float32Array(13 * 9).fill(value), [13, 9, 1]);
        expect(new Set(preprocess(image, { size: [5, 7] }).data)).toEqual(new Set([0]));
      }),
    );
  });

  it('keeps the borders of contain out of the minimum and maximum', () => {
    const film = ndarrayOf(
      Uint8Array.from({ length: 8 * 2 }, (_, i) => 100 + i),
      [8, 2, 1],
    );
    const result = preprocess(film, { size: [8, 8], fit: 'contain', channels: 1 });
    expect(result.shape).toEqual([8, 8, 1]);
    expect(result.get(0, 3, 0)).toBe(0);
    expect(result.get(7, 4, 0)).toBe(1);
    expect([0, 1, 2, 5, 6, 7].map((x) => result.get(7, x, 0))).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it("divides by the depth's largest value for 'range'", () => {
    const options = { size: [1, 2], channels: 1, normalize: 'range' } as const;
    expect(valuesOf(preprocess(ndarrayOf(Uint8Array.of(51, 255), [1, 2, 1]), options))).toEqual([Math.fround(0.2), 1]);
    expect(valuesOf(preprocess(ndarrayOf(Uint16Array.of(13107, 0), [1, 2, 1]), options))).toEqual([
      Math.fround(0.2),
      0,
    ]);
    expect(valuesOf(preprocess(ndarrayOf(Float32Array.of(0.25, 0.5), [1, 2, 1]), options))).toEqual([0.25, 0.5]);
    expect(() => preprocess(ndarrayOf(Float32Array.of(0, 255), [1, 2, 1]), options)).toThrow(
      failure('image-values', /0 to 255/),
    );
  });

  it("leaves values as they are for 'none'", () => {
    const image = ndarrayOf(Float32Array.of(-3, 700), [1, 2, 1]);
    expect(valuesOf(preprocess(image, { size: [1, 2], channels: 1, normalize: 'none' }))).toEqual([-3, 700]);
  });

  it('leaves the image as it was, and shares no memory with it', () => {
    const image = ndarrayOf(Float32Array.of(0, 1, 0.5, 0.25), [2, 2, 1]);
    const result = preprocess(image, { size: [2, 2], channels: 1, normalize: 'none' });
    result.data.fill(7);
    expect([...image.data]).toEqual([0, 1, 0.5, 0.25]);
  });

  it.each([NaN, Infinity])('refuses %s, even where the crop would not see it', (value) => {
    const image = ndarrayOf(new Float32Array(20), [2, 10, 1]);
    image.set(0, 0, 0, value);
    expect(() => preprocess(image, { fit: 'cover' })).toThrow(failure('image-values', /\[0, 0, 0\]/));
  });

  it('refuses what is no image', () => {
    expect(() => preprocess(ndarrayOf(new Uint8Array(4), [2, 2]) as Image)).toThrow(
      failure('image-shape', /three axes/),
    );
    expect(() => preprocess(ndarrayOf(new Uint8Array(8), [1, 2, 4]) as Image)).toThrow(
      failure('image-shape', /\[1, 2, 4\]/),
    );
    expect(() => preprocess(ndarrayOf(new Uint8Array(0), [0, 2, 1]) as Image)).toThrow(
      failure('image-shape', /at least one pixel/),
    );
  });

  it.each([
    [{ size: [224] }, /size must be/],
    [{ fit: 'crop' }, /fit must be/],
    [{ channels: 4 }, /channels must be/],
    [{ normalize: 'zscore' }, /normalize must be/],
  ])('refuses %j', (options, message) => {
    expect(() => preprocess(ndarrayOf(new Uint8Array(4), [2, 2, 1]), options as never)).toThrow(
      failure('invalid-argument', message),
    );
  });
});
