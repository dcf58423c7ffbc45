import { createRandom } from '../random.js';
import { smoothstep } from './canvas.js';
import type { PhantomParameters, Positioning } from './parameters.js';

/**
 * Turns the attenuation of one view into grey values 0–255, as a digital film does: quantum noise that grows with
 * attenuation, blur of focus and screen, equalisation of dense and thin parts, a sigmoid response, borders.
 *
 * @param attenuation line integrals, row-major; changed in place.
 * @param stream distinguishes the noise of several views of one phantom.
 */
export function exposeFilm(
  attenuation: Float32Array,
  width: number,
  height: number,
  film: PhantomParameters['film'],
  borders: Positioning['borders'],
  stream: string,
): Uint8Array {
  const unit = height / 448;
  addFieldFalloff(attenuation, width, height, film);
  smooth(attenuation, width, height, film.blur * unit);
  addNoise(attenuation, film, stream);
  const signal = equalised(attenuation, width, height, film.equalisation, Math.max(2, Math.round(34 * unit)));
  return develop(signal, width, height, film, borders, unit);
}

/** The heel effect darkens one end of the field, distance from the axis all its corners. */
function addFieldFalloff(
  attenuation: Float32Array,
  width: number,
  height: number,
  { vignetting, heel }: PhantomParameters['film'],
): void {
  for (let row = 0; row < height; row++) {
    const v = (2 * (row + 0.5)) / height - 1;
    for (let column = 0; column < width; column++) {
      const u = (2 * (column + 0.5)) / width - 1;
      attenuation[row * width + column]! += heel * v + vignetting * 0.5 * (0.4 * u * u + v * v);
    }
  }
}

/** Two passes of a three-tap kernel with the variance of a Gaussian of `sigma` pixels (up to about 0.8). */
function smooth(values: Float32Array, width: number, height: number, sigma: number): void {
  const side = Math.min(1 / 3, (sigma * sigma) / 2);
  const middle = 1 - 2 * side;
  for (let row = 0; row < height; row++) {
    let before = values[row * width]!;
    for (let at = row * width; at < (row + 1) * width; at++) {
      const own = values[at]!;
      const after = at + 1 < (row + 1) * width ? values[at + 1]! : own;
      values[at] = side * (before + after) + middle * own;
      before = own;
    }
  }
  const above = values.slice(0, width);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = row * width + column;
      const own = values[at]!;
      const below = row + 1 < height ? values[at + width]! : own;
      values[at] = side * (above[column]! + below) + middle * own;
      above[column] = own;
    }
  }
}

/** Fewer quanta arrive behind denser parts, so the noise of the logarithm grows with attenuation. */
function addNoise(
  attenuation: Float32Array,
  { noise, grain, noiseSeed }: PhantomParameters['film'],
  stream: string,
): void {
  const random = createRandom(noiseSeed, 'film', stream);
  const deviationAt = tabulated(-2, 8, (value) => noise * Math.exp(0.5 * (value - 2)) + grain);
  // The four Hadamard sums of a word's bytes do not correlate, and each is close to normal: four numbers a draw.
  const four = [0, 0, 0, 0];
  for (let at = 0; at < attenuation.length; at++) {
    if (at % 4 === 0) {
      const word = random.integer(-0x80000000, 0x7fffffff);
      const a = word & 255;
      const b = (word >>> 8) & 255;
      const c = (word >>> 16) & 255;
      const d = word >>> 24;
      four[0] = a + b + c + d - 510;
      four[1] = a - b + c - d;
      four[2] = a + b - c - d;
      four[3] = a - b - c + d;
    }
    const value = attenuation[at]!;
    attenuation[at] = value + (lookUp(deviationAt, value) * four[at % 4]!) / bytesDeviation;
  }
}

/** Standard deviation of a sum of four even bytes. */
const bytesDeviation = Math.sqrt((4 * (256 ** 2 - 1)) / 12);

/** `values` less `strength` of their local mean (two box means of the given radius). */
function equalised(
  values: Float32Array,
  width: number,
  height: number,
  strength: number,
  radius: number,
): Float32Array {
  const mean = boxMean(boxMean(values, width, height, radius), width, height, radius);
  for (let at = 0; at < mean.length; at++) mean[at] = values[at]! - strength * mean[at]!;
  return mean;
}

function boxMean(values: Float32Array, width: number, height: number, radius: number): Float32Array {
  const rows = new Float32Array(values.length);
  for (let row = 0; row < height; row++) runningMean(values, rows, row * width, 1, width, radius);
  const out = new Float32Array(values.length);
  for (let column = 0; column < width; column++) runningMean(rows, out, column, width, height, radius);
  return out;
}

/** Mean over a window that is cut off at the ends of the line. */
function runningMean(
  from: Float32Array,
  to: Float32Array,
  start: number,
  step: number,
  count: number,
  radius: number,
): void {
  let sum = 0;
  let inside = 0;
  for (let i = 0; i < Math.min(radius, count); i++, inside++) sum += from[start + i * step]!;
  for (let i = 0; i < count; i++) {
    if (i + radius < count) {
      sum += from[start + (i + radius) * step]!;
      inside++;
    }
    if (i - radius - 1 >= 0) {
      sum -= from[start + (i - radius - 1) * step]!;
      inside--;
    }
    to[start + i * step] = sum / inside;
  }
}

/** Automatic exposure to the middle of the picture, then a sigmoid curve, gamma and the collimator's edges. */
function develop(
  signal: Float32Array,
  width: number,
  height: number,
  { brightness, contrast, gamma }: PhantomParameters['film'],
  borders: Positioning['borders'],
  unit: number,
): Uint8Array {
  const { mean, deviation } = exposureOf(signal, width, height);
  const grey = new Uint8Array(signal.length);
  const [left, top, right, bottom] = borders.map((border) => border * unit) as [number, number, number, number];
  const openRows = Float64Array.from(
    { length: height },
    (_, row) => edge(row + 0.5, top) * edge(height - row - 0.5, bottom),
  );
  const openColumns = Float64Array.from(
    { length: width },
    (_, column) => edge(column + 0.5, left) * edge(width - column - 0.5, right),
  );
  const response = tabulated(-8, 8, (level) => (1 / (1 + Math.exp(-level))) ** gamma);
  const gain = (contrast * 1.25) / deviation;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const at = row * width + column;
      const lit = openRows[row]! * openColumns[column]!;
      grey[at] = 255 * (0.02 + 0.96 * lit * lookUp(response, (signal[at]! - mean) * gain + brightness)) + 0.5;
    }
  }
  return grey;
}

/** 0 under a collimator blade of width `border`, 1 beside it; 1 everywhere if there is none. */
const edge = (distance: number, border: number) => (border === 0 ? 1 : smoothstep(-0.8, 0.8, distance - border));

/** A curve as a table over [low, high]; outside of it its ends go on. */
interface Curve {
  readonly low: number;
  readonly perUnit: number;
  readonly table: Float64Array;
}

/** Curves cost more per pixel than a table does. */
function tabulated(low: number, high: number, of: (value: number) => number): Curve {
  const steps = 2048;
  return {
    low,
    perUnit: steps / (high - low),
    table: Float64Array.from({ length: steps + 1 }, (_, i) => of(low + ((high - low) * i) / steps)),
  };
}

function lookUp({ low, perUnit, table }: Curve, value: number): number {
  const index = ((value - low) * perUnit + 0.5) | 0;
  return table[index < 0 ? 0 : index >= table.length ? table.length - 1 : index]!;
}

/** Mean and standard deviation over the middle of the picture, as an exposure meter sees it. */
function exposureOf(signal: Float32Array, width: number, height: number): { mean: number; deviation: number } {
  let [sum, squares, count] = [0, 0, 0];
  for (let row = Math.round(height * 0.1); row < height * 0.9; row += 3) {
    for (let column = Math.round(width * 0.15); column < width * 0.85; column += 3) {
      const value = signal[row * width + column]!;
      sum += value;
      squares += value * value;
      count++;
    }
  }
  const mean = sum / count;
  return { mean, deviation: Math.sqrt(Math.max(1e-6, squares / count - mean * mean)) };
}
