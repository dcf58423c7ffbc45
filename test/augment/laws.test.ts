import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  applyAugmentation,
  ndarrayOf,
  augment,
  augmentDefaults,
  brightnessContrast,
  createRandom,
  drawAugmentation,
  horizontalFlip,
  shiftScaleRotate,
  transpose,
  verticalFlip,
  type AugmentOptions,
  type Image,
} from 'spine-xray-ml';
import { anyImage, largestDifference, valuesOf } from '../support/pixels.js';

const failure = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });
const still = { angle: 0, scale: 1, dx: 0, dy: 0 };

describe('transpose, horizontalFlip, verticalFlip', () => {
  it.each([
    ['transpose', transpose],
    ['horizontalFlip', horizontalFlip],
    ['verticalFlip', verticalFlip],
  ])('%s twice is nothing, and shares memory', (_, transform) => {
    fc.assert(
      fc.property(anyImage(), (image) => {
        const once = transform.apply(image);
        const twice = transform.apply(once);
        expect(once.data).toBe(image.data);
        expect(twice.shape).toEqual(image.shape);
        expect(twice.stride).toEqual(image.stride);
        expect(twice.offset).toBe(image.offset);
        expect(transform.apply(image, null)).toBe(image);
      }),
    );
  });

  it('move each pixel where their formulas say', () => {
    fc.assert(
      fc.property(anyImage(), (image) => {
        const [height, width, channels] = image.shape as [number, number, number];
        expect(transpose.apply(image).shape).toEqual([width, height, channels]);
        for (let y = 0; y < height; y++) {
          for (let x = 0; x < width; x++) {
            const pixel = image.get(y, x, channels - 1);
            expect(transpose.apply(image).get(x, y, channels - 1)).toBe(pixel);
            expect(horizontalFlip.apply(image).get(y, width - 1 - x, channels - 1)).toBe(pixel);
            expect(verticalFlip.apply(image).get(height - 1 - y, x, channels - 1)).toBe(pixel);
          }
        }
      }),
    );
  });
});

describe('shiftScaleRotate', () => {
  it('changes nothing without angle, scale and shift', () => {
    fc.assert(
      fc.property(anyImage(), (image) => {
        expect(valuesOf(shiftScaleRotate.apply(image, still))).toEqual(valuesOf(image));
      }),
    );
  });

  it('turns counter-clockwise: 90° of a square is its transpose upside down, as np.rot90', () => {
    fc.assert(
      fc.property(anyImage({ kinds: ['reals'] }), fc.integer({ min: 1, max: 9 }), (image, side) => {
        const [height, width, channels] = image.shape as [number, number, number];
        const square = ndarrayOf(
          Float32Array.from({ length: side * side * channels }, (_, i) =>
            image.get(i % height, i % width, i % channels),
          ),
          [side, side, channels],
        );
        const turned = shiftScaleRotate.apply(square, { ...still, angle: 90 });
        expect(largestDifference(valuesOf(turned), valuesOf(verticalFlip.apply(transpose.apply(square))))).toBeLessThan(
          1e-6,
        );
      }),
    );
  });

  it('180° is both flips, of any shape', () => {
    fc.assert(
      fc.property(anyImage({ kinds: ['reals'] }), (image) => {
        const turned = shiftScaleRotate.apply(image, { ...still, angle: 180 });
        expect(
          largestDifference(valuesOf(turned), valuesOf(horizontalFlip.apply(verticalFlip.apply(image)))),
        ).toBeLessThan(1e-6);
      }),
    );
  });

  it('shifts right and down by fractions, mirroring what comes in', () => {
    const image = ndarrayOf(Float32Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15), [4, 4, 1]);
    expect(valuesOf(shiftScaleRotate.apply(image, { ...still, dx: 0.25 })).slice(0, 4)).toEqual([1, 0, 1, 2]);
    expect(valuesOf(shiftScaleRotate.apply(image, { ...still, dy: 0.5 })).filter((_, i) => i % 4 === 0)).toEqual([
      8, 4, 0, 4,
    ]);
  });

  it('reads a view as it reads its copy, stays within its values and leaves it as it was', () => {
    const params = fc.record({
      angle: fc.double({ min: -180, max: 180, noNaN: true }),
      scale: fc.double({ min: 0.05, max: 20, noNaN: true }),
      dx: fc.double({ min: -3, max: 3, noNaN: true }),
      dy: fc.double({ min: -3, max: 3, noNaN: true }),
    });
    fc.assert(
      fc.property(anyImage(), params, (image, drawn) => {
        const before = valuesOf(image);
        const copy = ndarrayOf(
          image.data.constructor === Uint8Array
            ? Uint8Array.from(before)
            : image.data.constructor === Uint16Array
              ? Uint16Array.from(before)
              : Float32Array.from(before),
          image.shape,
        ) as Image;
        const result = shiftScaleRotate.apply(image, drawn);
        expect(result.shape).toEqual(image.shape);
        expect(result.data.constructor).toBe(image.data.constructor);
        expect(valuesOf(result)).toEqual(valuesOf(shiftScaleRotate.apply(copy, drawn)));
        expect(Math.min(...valuesOf(result))).toBeGreaterThanOrEqual(Math.min(...before) - 1e-6);
        expect(Math.max(...valuesOf(result))).toBeLessThanOrEqual(Math.max(...before) + 1e-6);
        expect(valuesOf(image)).toEqual(before);
      }),
      { numRuns: 300 },
    );
  });

  it.each([
    [{ scale: 0 }, /scale must be above 0/],
    [{ scale: -1 }, /scale must be above 0/],
    [{ angle: NaN }, /angle must be a finite/],
    [{ dx: Infinity }, /dx must be a finite/],
    [{ scale: 1e-310 }, /beyond what numbers can hold/],
    [{ scale: 1e-308 }, /beyond what numbers can hold/],
    [{ dy: 1e308 }, /beyond what numbers can hold/],
  ])('refuses %j', (params, message) => {
    expect(() => shiftScaleRotate.apply(ndarrayOf(new Uint8Array(4), [2, 2, 1]), { ...still, ...params })).toThrow(
      failure('invalid-argument', message),
    );
  });
});

describe('brightnessContrast', () => {
  it('is alpha·I + beta, clipped to [0, 1]', () => {
    fc.assert(
      fc.property(
        anyImage({ kinds: ['reals'] }),
        fc.double({ min: 0.5, max: 1.5, noNaN: true }),
        fc.double({ min: -0.5, max: 0.5, noNaN: true }),
        (image, alpha, beta) => {
          const expected = valuesOf(image).map((value) => Math.min(1, Math.max(0, alpha * value + beta)));
          expect(largestDifference(valuesOf(brightnessContrast.apply(image, { alpha, beta })), expected)).toBeLessThan(
            1e-7,
          );
        },
      ),
    );
  });

  it('cuts integers where rounding would give the next one', () => {
    const image = ndarrayOf(Uint8Array.of(3, 100, 255), [1, 3, 1]);
    expect(valuesOf(brightnessContrast.apply(image, { alpha: 0.9, beta: 0 }))).toEqual([2, 90, 229]);
  });

  it('refuses real pixels outside [0, 1], which clipping would destroy', () => {
    const image = ndarrayOf(Float32Array.of(0, 254), [1, 2, 1]);
    expect(() => brightnessContrast.apply(image, { alpha: 1, beta: 0 })).toThrow(failure('image-values', /got 254/));
    expect(() => brightnessContrast.apply(image, { alpha: NaN, beta: 0 })).toThrow(
      failure('invalid-argument', /alpha/),
    );
  });

  it("draws formula 7 as printed for formula: 'paper': a gain of 1 + r_b·r_c", () => {
    const options = { probability: 1, brightnessLimit: 0.3, contrastLimit: 0.5 };
    for (let seed = 0; seed < 50; seed++) {
      const printed = brightnessContrast.draw(createRandom(seed), { ...options, formula: 'paper' });
      const usual = brightnessContrast.draw(createRandom(seed), options);
      expect(printed?.alpha).toBeCloseTo(1 + (usual?.beta ?? NaN) * ((usual?.alpha ?? NaN) - 1), 12);
      expect(printed?.beta).toBe(0);
    }
  });
});

describe('draws', () => {
  const draws = (count: number, options?: AugmentOptions) =>
    Array.from({ length: count }, (_, seed) => drawAugmentation(createRandom(seed), options));

  it("happen as often as the paper says, within albumentations' limits", () => {
    const drawn = draws(20_000);
    const share = (name: keyof typeof augmentDefaults) =>
      drawn.filter((draw) => draw[name] !== null).length / drawn.length;
    for (const [name, { probability }] of Object.entries(augmentDefaults)) {
      // Five standard deviations.
      expect(Math.abs(share(name as keyof typeof augmentDefaults) - probability)).toBeLessThan(
        5 * Math.sqrt(0.25 / drawn.length),
      );
    }
    const range = (values: readonly (number | undefined)[]) => {
      const given = values.filter((value) => value !== undefined);
      return [Math.min(...given), Math.max(...given)];
    };
    const near = (values: readonly (number | undefined)[], low: number, high: number) => {
      const [least, most] = range(values) as [number, number];
      expect([
        least >= low,
        most <= high,
        (least - low) / (high - low) < 0.01,
        (high - most) / (high - low) < 0.01,
      ]).toEqual([true, true, true, true]);
    };
    near(
      drawn.map((draw) => draw.shiftScaleRotate?.angle),
      -45,
      45,
    );
    near(
      drawn.map((draw) => draw.shiftScaleRotate?.scale),
      0.9,
      1.1,
    );
    near(
      drawn.map((draw) => draw.shiftScaleRotate?.dx),
      -0.0625,
      0.0625,
    );
    near(
      drawn.map((draw) => draw.shiftScaleRotate?.dy),
      -0.0625,
      0.0625,
    );
    near(
      drawn.map((draw) => draw.brightnessContrast?.alpha),
      0.8,
      1.2,
    );
    near(
      drawn.map((draw) => draw.brightnessContrast?.beta),
      -0.2,
      0.2,
    );
  });

  it('take one number for the chance, then the parameters in their order', () => {
    const random = createRandom(7);
    const drawn = shiftScaleRotate.draw(createRandom(7), { probability: 1 });
    random.chance(1);
    expect(drawn).toEqual({
      angle: random.uniform(-45, 45),
      scale: random.uniform(0.9, 1.1),
      dx: random.uniform(-0.0625, 0.0625),
      dy: random.uniform(-0.0625, 0.0625),
    });
  });

  it('leave out what is switched off', () => {
    const off = {
      transpose: false,
      shiftScaleRotate: false,
      horizontalFlip: false,
      verticalFlip: false,
      brightnessContrast: false,
    } as const;
    const image = ndarrayOf(new Uint8Array(4), [2, 2, 1]);
    for (const draw of draws(50, off)) expect(applyAugmentation(image, draw)).toBe(image);
  });

  it.each([
    [{ transpose: { probability: 1.1 } }, /transpose.probability must be a number from 0 to 1, got 1.1/],
    [{ horizontalFlip: { probability: NaN } }, /horizontalFlip.probability/],
    [{ shiftScaleRotate: { angleLimit: -1 } }, /angleLimit/],
    [{ shiftScaleRotate: { scaleLimit: 1 } }, /scaleLimit/],
    [{ brightnessContrast: { contrastLimit: 20 } }, /contrastLimit/],
    [{ brightnessContrast: { formula: 'printed' } }, /formula must be/],
  ])('refuse %j', (options, message) => {
    expect(() => drawAugmentation(createRandom(1), options as AugmentOptions)).toThrow(
      failure('invalid-argument', message),
    );
  });
});

describe('augment', () => {
  it('is the transforms in the order of the paper', () => {
    fc.assert(
      fc.property(anyImage(), fc.integer(), (image, seed) => {
        const always = { probability: 1 };
        const draw = drawAugmentation(createRandom(seed, 'augment'), {
          transpose: always,
          shiftScaleRotate: always,
          horizontalFlip: always,
          verticalFlip: always,
          brightnessContrast: always,
        });
        const steps = brightnessContrast.apply(
          verticalFlip.apply(
            horizontalFlip.apply(shiftScaleRotate.apply(transpose.apply(image), draw.shiftScaleRotate)),
          ),
          draw.brightnessContrast,
        );
        expect(valuesOf(applyAugmentation(image, draw))).toEqual(valuesOf(steps));
        // A draw is plain data.
        expect(valuesOf(applyAugmentation(image, JSON.parse(JSON.stringify(draw))))).toEqual(valuesOf(steps));
      }),
    );
  });

  it('gives the same copy for the same seed, and leaves the image as it was', () => {
    const image = ndarrayOf(
      Float32Array.from({ length: 75 }, (_, i) => i / 75),
      [5, 5, 3],
    );
    const before = valuesOf(image);
    const first = Array.from({ length: 30 }, (_, seed) => valuesOf(augment(image, { seed })));
    const again = Array.from({ length: 30 }, (_, i) => valuesOf(augment(image, { seed: 29 - i }))).reverse();
    expect(again).toEqual(first);
    expect(new Set(first.map(String)).size).toBeGreaterThan(15);
    expect(valuesOf(image)).toEqual(before);
  });

  it('asks for a seed', () => {
    expect(() => augment(ndarrayOf(new Uint8Array(1), [1, 1, 1]), {} as never)).toThrow(
      failure('invalid-argument', /seed must be/),
    );
  });
});
