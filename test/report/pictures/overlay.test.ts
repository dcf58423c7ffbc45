import { describe, expect, it } from 'vitest';
import golden from '../../golden/report.json' with { type: 'json' };
import { ndarrayOf } from 'spine-xray-ml';
import { overlay, redTransparentBlue, sharedScale } from 'spine-xray-ml/report';
import { explanation } from '../samples.js';

/** The golden explanation: 5×4 pixels, 3 channels, 2 outputs. */
const fromShap = {
  ...explanation([5, 4, 3], ['a', 'b'], () => 0),
  image: ndarrayOf(Float32Array.from(golden.image.flat(2)), [5, 4, 3]),
  values: ndarrayOf(Float64Array.from(golden.values.flat(3)), [5, 4, 3, 2]),
};

describe('redTransparentBlue', () => {
  it("has the 256 colours of SHAP's colour map", () => {
    golden.colors.forEach((color, index) => {
      const [red, green, blue, alpha] = redTransparentBlue((index + 0.5) / 256);
      [red / 255, green / 255, blue / 255, alpha].forEach((value, channel) => {
        expect(Math.abs(value - color[channel]!)).toBeLessThan(1e-6);
      });
    });
    expect(golden.colors).toHaveLength(256);
  });

  it('is clamped at its ends, and transparent for NaN', () => {
    expect(redTransparentBlue(-3)).toEqual(redTransparentBlue(0));
    expect(redTransparentBlue(1)).toEqual([255, 13, 87, 1]);
    expect(redTransparentBlue(7)).toEqual(redTransparentBlue(1));
    expect(redTransparentBlue(NaN)[3]).toBe(0);
  });
});

describe('sharedScale', () => {
  it("is image_plot's 99.9 percentile of absolute channel sums", () => {
    expect(sharedScale([fromShap])).toBeCloseTo(golden.scale, 12);
  });

  it('covers every row and output', () => {
    const small = explanation([4, 4, 1], ['a', 'b'], () => 0.1);
    const large = explanation([8, 8, 1], ['a', 'b'], (_row, _column, _channel, output) => (output === 1 ? -5 : 0.1));
    expect(sharedScale([small, large])).toBeCloseTo(5, 10);
    expect(sharedScale([large, small])).toBeCloseTo(5, 10);
  });

  it('is the largest value where nearly all are 0, and 0 where all are', () => {
    const sparse = explanation([60, 60, 1], ['a'], (row, column) => (row === 3 && column === 4 ? -0.25 : 0));
    expect(sharedScale([sparse])).toBe(0.25);
    expect(sharedScale([explanation([4, 4, 3], ['a'], () => 0)])).toBe(0);
    expect(sharedScale([])).toBe(0);
  });

  it('passes over NaN', () => {
    const broken = explanation([10, 10, 1], ['a'], (row) => (row === 0 ? NaN : 2));
    expect(sharedScale([broken])).toBe(2);
  });
});

describe('overlay', () => {
  it("has the pixels that SHAP's image_plot draws on white", () => {
    for (const output of [0, 1]) {
      const { data, width, height, channels } = overlay(fromShap, output);
      expect([height, width, channels]).toEqual([5, 4, 3]);
      const expected = golden.pixels[output]!.flat(2);
      expected.forEach((value, index) => expect(Math.abs(data[index]! - value)).toBeLessThan(0.51));
    }
  });

  it('draws an all-zero explanation as the grey picture alone', () => {
    const nothing = explanation([4, 5, 3], ['a', 'b'], () => 0);
    for (const output of [0, 1]) {
      const { data } = overlay(nothing, output);
      for (let pixel = 0; pixel < 20; pixel++) {
        const [red, green, blue] = data.subarray(3 * pixel, 3 * pixel + 3);
        expect([green, blue]).toEqual([red, red]);
        expect(red).toBeGreaterThanOrEqual(Math.round(255 * 0.85));
      }
    }
  });

  it('reads strided views as the dense arrays they stand for', () => {
    const { image, values } = fromShap;
    const turned = {
      ...fromShap,
      image: image.transpose(1, 0, 2),
      values: values.transpose(1, 0, 2, 3),
    };
    const plain = overlay(fromShap, 1);
    const flipped = overlay(turned, 1);
    expect([flipped.height, flipped.width]).toEqual([4, 5]);
    for (let row = 0; row < 5; row++) {
      for (let column = 0; column < 4; column++) {
        const at = 3 * (row * 4 + column);
        const there = 3 * (column * 5 + row);
        expect([...flipped.data.subarray(there, there + 3)]).toEqual([...plain.data.subarray(at, at + 3)]);
      }
    }
  });

  it('refuses an output that is not there and values of another size than the image', () => {
    expect(() => overlay(fromShap, 2)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
    const torn = { ...fromShap, image: ndarrayOf(new Float32Array(48), [4, 4, 3]) };
    expect(() => overlay(torn, 0)).toThrow(expect.objectContaining({ code: 'image-shape' }));
  });
});

describe('what is no explanation', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['overlay()', () => overlay(undefined as never, 0), /^explanation must be an explanation, as PartitionExplainer/],
    ['overlay({})', () => overlay({} as never, 0), /^explanation\.image must be an ndarray/],
    ['sharedScale of one', () => sharedScale({} as never), /^explanations must be a list, each entry an explanation/],
    ['sharedScale([{}])', () => sharedScale([{}] as never), /^explanations\[0\]\.image must be an ndarray/],
  ])('is refused: %s', (_, work, message) => {
    expect(work).toThrow(
      expect.objectContaining({ code: 'invalid-argument', message: expect.stringMatching(message) as string }),
    );
  });
});
