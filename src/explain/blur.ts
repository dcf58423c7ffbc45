import type { NdArray } from 'ndarray';
import { ndarrayOf } from '../ndarray.js';

/**
 * The mean over a box of [height, width] pixels around each pixel of a row-major image [height, width, channels], as
 * OpenCV's `blur`: past its edges the image goes on as its reflection without the edge pixel repeated (REFLECT_101),
 * and a side k covers the offsets −floor(k / 2) … k − 1 − floor(k / 2), so an even one reaches one pixel further back.
 */
export function boxBlur(
  image: NdArray<Float32Array>,
  size: readonly [height: number, width: number],
): NdArray<Float32Array> {
  const [height, width, channels] = image.shape as [number, number, number];
  const blurred = Float64Array.from(image.data);
  const rowStride = width * channels;
  for (let row = 0; row < height; row++) {
    for (let channel = 0; channel < channels; channel++) {
      blurLine(blurred, row * rowStride + channel, channels, width, size[1]);
    }
  }
  for (let start = 0; start < rowStride; start++) blurLine(blurred, start, rowStride, height, size[0]);
  return ndarrayOf(Float32Array.from(blurred), image.shape);
}

/**
 * Replaces `length` numbers, `stride` apart, by their means over `side` neighbours. The reflected line repeats itself,
 * so that whole periods within the box have one sum wherever they begin; over what is left runs a sum. The cost is that
 * of reading the line a few times, whatever `side`.
 */
function blurLine(data: Float64Array, start: number, stride: number, length: number, side: number): void {
  const line = Float64Array.from({ length }, (_, index) => data[start + index * stride]!);
  const at = (index: number) => line[reflect(index, length)]!;
  const sumOf = (from: number, count: number) => {
    let sum = 0;
    for (let index = from; index < from + count; index++) sum += at(index);
    return sum;
  };
  const period = Math.max(1, 2 * (length - 1));
  const rest = side % period;
  const whole = (side - rest) / period;
  const sumOfWhole = whole === 0 ? 0 : whole * sumOf(0, period);
  const back = Math.floor(side / 2);
  let sumOfRest = sumOf(-back, rest);
  for (let index = 0; index < length; index++) {
    data[start + index * stride] = (sumOfWhole + sumOfRest) / side;
    sumOfRest += at(index - back + rest) - at(index - back);
  }
}

/** The place in 0 … length − 1 that `index` falls on when the line is reflected at its ends as often as needed. */
function reflect(index: number, length: number): number {
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const place = ((index % period) + period) % period;
  return place < length ? place : period - place;
}
