import { describe, expect, it } from 'vitest';
import {
  brightnessContrast,
  horizontalFlip,
  shiftScaleRotate,
  transpose,
  verticalFlip,
  type Image,
} from 'spine-xray-ml';
import golden from '../golden/albumentations.json';
import { largestDifference, unpack, valuesOf, type PackedImage } from '../support/pixels.js';

interface Output {
  readonly transform: string;
  readonly params: Record<string, number>;
  readonly output: PackedImage;
}

const apply: Record<string, (image: Image, params: never) => Image> = {
  transpose: (image) => transpose.apply(image),
  horizontalFlip: (image) => horizontalFlip.apply(image),
  verticalFlip: (image) => verticalFlip.apply(image),
  shiftScaleRotate: (image, params) => shiftScaleRotate.apply(image, params),
  brightnessContrast: (image, params) => brightnessContrast.apply(image, params),
};

/**
 * Reals: OpenCV keeps coordinates in 32 bits, which at these sizes is 1e-6 pixel, and contrast by 32-bit steps. Words: the
 * same times 65535, and rounding. Bytes: the rounding where a sample falls between two values within 1e-4.
 */
const tolerances: Record<string, Record<string, number>> = {
  shiftScaleRotate: { float32: 5e-6, uint16: 1, uint8: 1 },
  brightnessContrast: { float32: 2e-7, uint16: 0, uint8: 0 },
};

describe('albumentations 1.3.1 on OpenCV 5', () => {
  for (const { image, outputs } of golden.cases as unknown as { image: PackedImage; outputs: Output[] }[]) {
    for (const { transform, params, output } of outputs) {
      it(`${transform} ${JSON.stringify(params)} of ${image.dtype} [${image.shape.join(', ')}]`, () => {
        const result = apply[transform]!(unpack(image), params as never);
        expect(result.shape).toEqual(output.shape);
        expect(result.dtype).toBe(image.dtype);
        const tolerance = tolerances[transform]?.[image.dtype] ?? 0;
        expect(largestDifference(valuesOf(result), valuesOf(unpack(output)))).toBeLessThanOrEqual(tolerance);
      });
    }
  }

  it('bytes of warped images: all but ties are equal', () => {
    let different = 0;
    let all = 0;
    for (const { image, outputs } of golden.cases as unknown as { image: PackedImage; outputs: Output[] }[]) {
      if (image.dtype !== 'uint8') continue;
      for (const { transform, params, output } of outputs) {
        if (transform !== 'shiftScaleRotate') continue;
        const values = valuesOf(shiftScaleRotate.apply(unpack(image), params as never));
        different += values.filter((value, i) => value !== output.data[i]).length;
        all += values.length;
      }
    }
    expect(all).toBeGreaterThan(4000);
    expect(different / all).toBeLessThan(0.01);
  });
});
