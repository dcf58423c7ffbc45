/** Where output pixel (x, y) is read: at column xx·x + xy·y + x0 and row yx·x + yy·y + y0 of the input. */
export interface AffineMap {
  readonly xx: number;
  readonly xy: number;
  readonly x0: number;
  readonly yx: number;
  readonly yy: number;
  readonly y0: number;
}

/** The parts of an image of reals that the warp reads; strides may be anything. */
export interface WarpSource {
  readonly data: Float32Array;
  readonly shape: readonly number[];
  readonly stride: readonly number[];
  readonly offset: number;
}

/**
 * Bilinear samples of the input at the map's places, flat and row by row, in the input's shape. Beyond the border the
 * input is mirrored about its outermost pixels (OpenCV's BORDER_REFLECT_101). Coordinates are exact to 64 bits.
 */
export function warp(source: WarpSource, map: AffineMap): Float32Array {
  const [height, width, channels] = source.shape as readonly [number, number, number];
  const output = new Float32Array(height * width * channels);
  // What a pixel costs is its reading: one loop per number of channels, the four neighbours' places worked out once.
  const sampleRow = channels === 3 ? sampleColourRow : sampleGreyRow;
  for (let y = 0; y < height; y++) {
    // Within [from, to) all four neighbours lie in the image.
    const [fromX, toX] = insideRange(map.xy * y + map.x0, map.xx, width);
    const [fromY, toY] = insideRange(map.yy * y + map.y0, map.yx, height);
    const from = Math.min(Math.max(fromX, fromY, 0), width);
    const to = Math.max(Math.min(toX, toY, width), from);
    sampleMirroredRow(source, output, map, y, 0, from);
    sampleRow(source, output, map, y, from, to);
    sampleMirroredRow(source, output, map, y, to, width);
  }
  return output;
}

/**
 * The range [from, to) of positions i at which start + step·i is surely in [0, length − 1), by a margin against
 * rounding; positions left out of it are merely sampled the slower way.
 */
function insideRange(start: number, step: number, length: number): [from: number, to: number] {
  const margin = 1e-6;
  const low = margin;
  const high = length - 1 - margin;
  if (low > high) return [0, 0];
  if (Math.abs(step) < 1e-12) return start >= low && start <= high ? [0, Infinity] : [0, 0];
  const atLow = (low - start) / step;
  const atHigh = (high - start) / step;
  const from = Math.ceil(Math.min(atLow, atHigh));
  const to = Math.floor(Math.max(atLow, atHigh)) + 1;
  return from < to ? [from, to] : [0, 0];
}

function sampleGreyRow(
  source: WarpSource,
  output: Float32Array,
  map: AffineMap,
  y: number,
  from: number,
  to: number,
): void {
  const { data, offset } = source;
  const [rowStride, columnStride] = source.stride as readonly [number, number];
  const { xx, yx } = map;
  const startX = map.xy * y + map.x0;
  const startY = map.yy * y + map.y0;
  let target = y * source.shape[1]! + from;
  for (let x = from; x < to; x++) {
    const inputX = startX + xx * x;
    const inputY = startY + yx * x;
    const column = inputX | 0;
    const row = inputY | 0;
    const right = inputX - column;
    const down = inputY - row;
    const a = offset + row * rowStride + column * columnStride;
    const b = a + columnStride;
    const c = a + rowStride;
    const d = c + columnStride;
    const above = data[a]! * (1 - right) + data[b]! * right;
    const below = data[c]! * (1 - right) + data[d]! * right;
    output[target++] = above * (1 - down) + below * down;
  }
}

function sampleColourRow(
  source: WarpSource,
  output: Float32Array,
  map: AffineMap,
  y: number,
  from: number,
  to: number,
): void {
  const { data, offset } = source;
  const [rowStride, columnStride, green] = source.stride as readonly [number, number, number];
  const blue = 2 * green;
  const { xx, yx } = map;
  const startX = map.xy * y + map.x0;
  const startY = map.yy * y + map.y0;
  let target = 3 * (y * source.shape[1]! + from);
  for (let x = from; x < to; x++) {
    const inputX = startX + xx * x;
    const inputY = startY + yx * x;
    const column = inputX | 0;
    const row = inputY | 0;
    const right = inputX - column;
    const down = inputY - row;
    const weightD = right * down;
    const weightB = right - weightD;
    const weightC = down - weightD;
    const weightA = 1 - right - weightC;
    const a = offset + row * rowStride + column * columnStride;
    const b = a + columnStride;
    const c = a + rowStride;
    const d = c + columnStride;
    output[target] = data[a]! * weightA + data[b]! * weightB + data[c]! * weightC + data[d]! * weightD;
    output[target + 1] =
      data[a + green]! * weightA + data[b + green]! * weightB + data[c + green]! * weightC + data[d + green]! * weightD;
    output[target + 2] =
      data[a + blue]! * weightA + data[b + blue]! * weightB + data[c + blue]! * weightC + data[d + blue]! * weightD;
    target += 3;
  }
}

function sampleMirroredRow(
  source: WarpSource,
  output: Float32Array,
  map: AffineMap,
  y: number,
  from: number,
  to: number,
): void {
  const { data, offset } = source;
  const [height, width, channels] = source.shape as readonly [number, number, number];
  const [rowStride, columnStride, channelStride] = source.stride as readonly [number, number, number];
  const { xx, yx } = map;
  const startX = map.xy * y + map.x0;
  const startY = map.yy * y + map.y0;
  let target = channels * (y * width + from);
  for (let x = from; x < to; x++) {
    const inputX = startX + xx * x;
    const inputY = startY + yx * x;
    const column = Math.floor(inputX);
    const row = Math.floor(inputY);
    const right = inputX - column;
    const down = inputY - row;
    const leftPlace = mirror(column, width) * columnStride;
    const rightPlace = mirror(column + 1, width) * columnStride;
    const upperPlace = offset + mirror(row, height) * rowStride;
    const lowerPlace = offset + mirror(row + 1, height) * rowStride;
    for (let channel = 0; channel < channels; channel++) {
      const place = channel * channelStride;
      const above =
        data[upperPlace + leftPlace + place]! * (1 - right) + data[upperPlace + rightPlace + place]! * right;
      const below =
        data[lowerPlace + leftPlace + place]! * (1 - right) + data[lowerPlace + rightPlace + place]! * right;
      output[target++] = above * (1 - down) + below * down;
    }
  }
}

/** The position inside 0 … length − 1 that mirroring about the outermost positions brings `index` to. */
function mirror(index: number, length: number): number {
  if (index >= 0 && index < length) return index;
  if (length === 1) return 0;
  const period = 2 * (length - 1);
  const rest = Math.abs(index) % period;
  return rest < length ? rest : period - rest;
}
