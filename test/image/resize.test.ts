import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ndarrayOf, resize, type ResizeFit, type Image } from 'spine-xray-ml';
import golden from '../golden/resize.json';
import { anyImage, largestDifference, unpack, valuesOf, type PackedImage } from '../support/pixels.js';

interface Case {
  readonly reference: string;
  readonly image: string;
  readonly size: [number, number];
  readonly fit: ResizeFit;
  readonly antialias: boolean;
  readonly output: PackedImage;
}

const images = golden.images as unknown as Record<string, PackedImage>;
const spread = (values: readonly number[]) => Math.max(...values.map(Math.abs), 1e-6);

describe('resize, against TensorFlow and Pillow', () => {
  for (const { reference, image, size, fit, antialias, output } of golden.cases as unknown as Case[]) {
    it(`${reference}: ${image} to [${size.join(', ')}], ${fit}${antialias ? '' : ', not antialiased'}`, () => {
      const result = resize(unpack(images[image]!), { size, fit, antialias });
      const expected = valuesOf(unpack(output));
      expect(result.shape).toEqual(output.shape);
      // Theirs are 32-bit sums, and 32-bit weights.
      expect(largestDifference(valuesOf(result), expected) / spread(expected)).toBeLessThan(2e-6);
    });
  }

  it('tensorflow: a scan of 1000×800 words', () => {
    for (const { height, width, size, output } of golden.scans) {
      const expected = valuesOf(unpack(output));
      const result = resize(scan(height, width), { size: size as [number, number] });
      expect(largestDifference(valuesOf(result), expected) / spread(expected)).toBeLessThan(1e-4);
    }
  });
});

describe('resize', () => {
  it('keeps an image of the size asked for', () => {
    fc.assert(
      fc.property(anyImage(), fc.boolean(), (image, antialias) => {
        const [height, width] = image.shape as [number, number, number];
        const result = resize(image, { size: [height, width], antialias });
        expect(valuesOf(result)).toEqual(valuesOf(image));
        expect(result.data).not.toBe(image.data);
      }),
    );
  });

  it('keeps a constant image exactly constant', () => {
    const size = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(
        size,
        size,
        size,
        size,
        fc.float({ noNaN: true, noDefaultInfinity: true }),
        (height, width, toHeight, toWidth, value) => {
          const image = ndarrayOf(new Float32Array(height * width).fill(value), [height, width, 1]);
          for (const fit of ['stretch', 'cover'] as const) {
            expect(new Set(resize(image, { size: [toHeight, toWidth], fit }).data)).toEqual(new Set([value]));
          }
        },
      ),
    );
  });

  it('reads a strided view as it reads its copy', () => {
    fc.assert(
      fc.property(anyImage(), fc.constantFrom<ResizeFit>('stretch', 'contain', 'cover'), (image, fit) => {
        const copy = unpack({ dtype: image.dtype, shape: image.shape, data: valuesOf(image) });
        expect(resize(image, { size: [5, 4], fit }).data).toEqual(resize(copy, { size: [5, 4], fit }).data);
      }),
    );
  });

  it('stays between the smallest and the largest pixel', () => {
    fc.assert(
      fc.property(anyImage(), (image) => {
        const values = valuesOf(image);
        const result = valuesOf(resize(image, { size: [6, 11] }));
        expect(Math.min(...result)).toBeGreaterThanOrEqual(Math.min(...values));
        expect(Math.max(...result)).toBeLessThanOrEqual(Math.max(...values));
      }),
    );
  });

  it('contain keeps the aspect ratio and pads with the value asked for', () => {
    const result = resize(ndarrayOf(new Uint8Array(640 * 200).fill(9), [640, 200, 1]), {
      size: [224, 224],
      fit: 'contain',
      padValue: -1,
    });
    expect(result.get(0, 76, 0)).toBe(-1);
    expect(result.get(0, 77, 0)).toBe(9);
    expect(result.get(223, 146, 0)).toBe(9);
    expect(result.get(223, 147, 0)).toBe(-1);
  });

  it('cover takes the centre', () => {
    const columns = ndarrayOf(
      Float32Array.from({ length: 8 * 2 }, (_, i) => i % 8),
      [2, 8, 1],
    );
    expect(valuesOf(resize(columns, { size: [2, 2], fit: 'cover', antialias: false }))).toEqual([3, 4, 3, 4]);
  });

  it.each([
    [{ size: [0, 4] }, /size must be/],
    [{ size: [4.5, 4] }, /size must be/],
    [{ size: 224 }, /size must be/],
    [{ size: [4, 4], fit: 'fill' }, /fit must be/],
  ])('refuses %j', (options, message) => {
    const image = ndarrayOf(new Uint8Array(4), [2, 2, 1]);
    expect(() => resize(image, options as never)).toThrow(
      expect.objectContaining({ code: 'invalid-argument', message: expect.stringMatching(message) }),
    );
  });
});

/** The film that test/golden/resize.py makes. */
function scan(height: number, width: number): Image {
  const pixels = new Uint16Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) pixels[y * width + x] = (y * 7919 + x * 104729 + ((y * x) % 977) * 61) % 65536;
  }
  return ndarrayOf(pixels, [height, width, 1]);
}
