import type { AxisFilter } from './filter.js';
import type { Image } from './image.js';
import { copyRow, shapeOf } from './pixels.js';

/**
 * The image filtered along both axes, row by row: [rows.size, columns.size, channels], flat. One input row is held at a
 * time, so a scan costs no copy of itself. Sums are 64 bit, so that a constant image stays exactly constant.
 */
export function resample(image: Image, rows: AxisFilter, columns: AxisFilter): Float32Array {
  const [, width, channels] = shapeOf(image);
  const input = new Float32Array(width * channels);
  const line = new Float64Array(columns.size * channels);
  const sums = new Float64Array(rows.size * line.length);

  const begin = rows.first[0]!;
  const end = rows.first[rows.size - 1]! + rows.count[rows.size - 1]!;
  let oldest = 0;
  for (let y = begin; y < end; y++) {
    while (rows.first[oldest]! + rows.count[oldest]! <= y) oldest++;
    if (rows.first[oldest]! > y) continue;
    copyRow(image, y, input);
    if (channels === 1) filterGreyRow(input, columns, line);
    else filterColourRow(input, columns, line);
    for (let i = oldest; i < rows.size && rows.first[i]! <= y; i++) {
      const tap = y - rows.first[i]!;
      if (tap < rows.count[i]!) addRow(sums, i * line.length, line, rows.weights[i * rows.taps + tap]!);
    }
  }
  return new Float32Array(sums);
}

function addRow(sums: Float64Array, start: number, line: Float64Array, weight: number): void {
  for (let i = 0; i < line.length; i++) sums[start + i] = sums[start + i]! + weight * line[i]!;
}

function filterGreyRow(input: Float32Array, filter: AxisFilter, line: Float64Array): void {
  const { size, first, count, weights, taps } = filter;
  for (let x = 0; x < size; x++) {
    const from = first[x]!;
    const length = count[x]!;
    const slot = x * taps;
    // Two sums, since each addition has to wait for the one before it.
    let even = 0;
    let odd = 0;
    let t = 0;
    for (; t + 1 < length; t += 2) {
      even += weights[slot + t]! * input[from + t]!;
      odd += weights[slot + t + 1]! * input[from + t + 1]!;
    }
    if (t < length) even += weights[slot + t]! * input[from + t]!;
    line[x] = even + odd;
  }
}

function filterColourRow(input: Float32Array, filter: AxisFilter, line: Float64Array): void {
  const { size, first, count, weights, taps } = filter;
  for (let x = 0; x < size; x++) {
    const length = count[x]!;
    const slot = x * taps;
    let from = 3 * first[x]!;
    let red = 0;
    let green = 0;
    let blue = 0;
    for (let t = 0; t < length; t++) {
      const weight = weights[slot + t]!;
      red += weight * input[from]!;
      green += weight * input[from + 1]!;
      blue += weight * input[from + 2]!;
      from += 3;
    }
    line[3 * x] = red;
    line[3 * x + 1] = green;
    line[3 * x + 2] = blue;
  }
}
