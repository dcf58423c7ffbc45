/*
 * The operations of networks in plain loops of doubles, each with its gradient: what backends are held to.
 */

/** Numbers with a shape; images are [samples, height, width, channels]. */
export interface PlainTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

function zeros(shape: readonly number[]): PlainTensor & { readonly data: Float64Array } {
  return { shape, data: new Float64Array(shape.reduce((product, side) => product * side, 1)) };
}

/** In loops over numbers that are there. */
const at = (data: Float32Array | Float64Array, index: number): number => data[index]!;

function add(data: Float64Array, index: number, value: number): void {
  data[index] = at(data, index) + value;
}

/** Where the windows of a kernel lie on an image, as tfjs and Keras pad. */
class Windows {
  readonly outShape: readonly [number, number, number];
  private readonly top: number;
  private readonly left: number;

  constructor(
    private readonly image: readonly number[],
    private readonly side: number,
    private readonly stride: number,
    padding: 'same' | 'valid',
  ) {
    const [samples, height, width] = image as [number, number, number];
    const count = (length: number) => Math.ceil((padding === 'same' ? length : length - side + 1) / stride);
    const before = (length: number) =>
      padding === 'same' ? Math.floor(Math.max(0, (count(length) - 1) * stride + side - length) / 2) : 0;
    this.outShape = [samples, count(height), count(width)];
    this.top = before(height);
    this.left = before(width);
  }

  /** Calls `visit` with the number of the output pixel, of the image's pixel, and of the tap that joins them. */
  forEach(visit: (out: number, pixel: number, tap: number) => void): void {
    const [samples, rows, columns] = this.outShape;
    const [, height, width] = this.image as [number, number, number];
    for (let out = 0; out < samples * rows * columns; out++) {
      const sample = Math.floor(out / (rows * columns));
      const row = Math.floor(out / columns) % rows;
      for (let tap = 0; tap < this.side ** 2; tap++) {
        const y = row * this.stride - this.top + Math.floor(tap / this.side);
        const x = (out % columns) * this.stride - this.left + (tap % this.side);
        if (y >= 0 && y < height && x >= 0 && x < width) visit(out, (sample * height + y) * width + x, tap);
      }
    }
  }
}

export function convolution(x: PlainTensor, filter: PlainTensor, stride: number, padding: 'same' | 'valid') {
  const [side, , inputs, outputs] = filter.shape as [number, number, number, number];
  const windows = new Windows(x.shape, side, stride, padding);
  const forEach = (visit: (out: number, into: number, weight: number) => void) =>
    windows.forEach((out, pixel, tap) => {
      for (let i = 0; i < inputs; i++) {
        for (let o = 0; o < outputs; o++)
          visit(out * outputs + o, pixel * inputs + i, (tap * inputs + i) * outputs + o);
      }
    });
  return bilinear(x, filter, [...windows.outShape, outputs], forEach);
}

export function depthwiseConvolution(x: PlainTensor, filter: PlainTensor) {
  const [side, , channels] = filter.shape as [number, number, number];
  const windows = new Windows(x.shape, side, 1, 'same');
  return bilinear(x, filter, x.shape, (visit) =>
    windows.forEach((out, pixel, tap) => {
      for (let c = 0; c < channels; c++) visit(out * channels + c, pixel * channels + c, tap * channels + c);
    }),
  );
}

/** Any sum of products of inputs and weights, by the triples of output, input and weight that it joins. */
function bilinear(
  x: PlainTensor,
  weights: PlainTensor,
  shape: readonly number[],
  forEach: (visit: (out: number, into: number, weight: number) => void) => void,
) {
  const value = zeros(shape);
  forEach((out, into, weight) => add(value.data, out, at(x.data, into) * at(weights.data, weight)));
  const back = (dy: PlainTensor): [PlainTensor, PlainTensor] => {
    const [dx, dWeights] = [zeros(x.shape), zeros(weights.shape)];
    forEach((out, into, weight) => {
      add(dx.data, into, at(dy.data, out) * at(weights.data, weight));
      add(dWeights.data, weight, at(dy.data, out) * at(x.data, into));
    });
    return [dx, dWeights];
  };
  return { value, back };
}

export function denseLayer(x: PlainTensor, kernel: PlainTensor, bias: PlainTensor) {
  const [inputs, outputs] = kernel.shape as [number, number];
  const [samples] = x.shape as [number];
  const product = bilinear(x, kernel, [samples, outputs], (visit) => {
    for (let n = 0; n < samples; n++) {
      for (let i = 0; i < inputs; i++)
        for (let o = 0; o < outputs; o++) visit(n * outputs + o, n * inputs + i, i * outputs + o);
    }
  });
  const value = {
    shape: product.value.shape,
    data: product.value.data.map((number, index) => number + at(bias.data, index % outputs)),
  };
  return {
    value,
    back: (dy: PlainTensor): [PlainTensor, PlainTensor, PlainTensor] => [...product.back(dy), sumsByChannel(dy)],
  };
}

export function batchNorm(x: PlainTensor, gamma: PlainTensor, beta: PlainTensor, epsilon: number) {
  const channels = x.shape.at(-1)!;
  const count = x.data.length / channels;
  const mean = sumsByChannel(x).data.map((total) => total / count);
  const centred = map(x, (number, index) => number - at(mean, index % channels));
  const deviation = sumsByChannel(map(centred, (number) => number ** 2)).data.map((total) =>
    Math.sqrt(total / count + epsilon),
  );
  const normalized = map(centred, (number, index) => number / at(deviation, index % channels));
  const value = map(
    normalized,
    (number, index) => number * at(gamma.data, index % channels) + at(beta.data, index % channels),
  );
  const back = (dy: PlainTensor): [PlainTensor, PlainTensor, PlainTensor] => {
    const dBeta = sumsByChannel(dy);
    const dGamma = sumsByChannel(map(dy, (number, index) => number * at(normalized.data, index)));
    const dx = map(dy, (number, index) => {
      const c = index % channels;
      const shared = at(dBeta.data, c) / count + (at(normalized.data, index) * at(dGamma.data, c)) / count;
      return ((number - shared) * at(gamma.data, c)) / at(deviation, c);
    });
    return [dx, dGamma, dBeta];
  };
  return { value, back };
}

export function relu(x: PlainTensor) {
  return {
    value: map(x, (number) => Math.max(0, number)),
    back: (dy: PlainTensor) => map(dy, (number, index) => (at(x.data, index) > 0 ? number : 0)),
  };
}

/** 3×3, stride 2, padded, as Xception's. */
export function maxPool(x: PlainTensor) {
  const channels = x.shape.at(-1)!;
  const windows = new Windows(x.shape, 3, 2, 'same');
  const value = zeros([...windows.outShape, channels]);
  value.data.fill(-Infinity);
  const from = new Int32Array(value.data.length);
  windows.forEach((out, pixel) => {
    for (let c = 0; c < channels; c++) {
      const [target, origin] = [out * channels + c, pixel * channels + c];
      if (!(at(x.data, origin) > at(value.data, target))) continue;
      value.data[target] = at(x.data, origin);
      from[target] = origin;
    }
  });
  const back = (dy: PlainTensor): PlainTensor => {
    const dx = zeros(x.shape);
    dy.data.forEach((number, index) => add(dx.data, from[index]!, number));
    return dx;
  };
  return { value, back };
}

export function globalAverage(x: PlainTensor) {
  const [samples, height, width, channels] = x.shape as [number, number, number, number];
  const pixels = height * width;
  const target = (index: number) => Math.floor(index / (pixels * channels)) * channels + (index % channels);
  const value = zeros([samples, channels]);
  x.data.forEach((number, index) => add(value.data, target(index), number / pixels));
  return { value, back: (dy: PlainTensor) => map(x, (_, index) => at(dy.data, target(index)) / pixels) };
}

/** The gradient of the mean cross-entropy. */
export function softmaxGradient(logits: PlainTensor, labels: readonly number[]): PlainTensor {
  const [samples, classes] = logits.shape as [number, number];
  const gradient = zeros(logits.shape);
  for (let n = 0; n < samples; n++) {
    const powers = [...logits.data.subarray(n * classes, (n + 1) * classes)].map(Math.exp);
    const total = powers.reduce((a, b) => a + b);
    powers.forEach(
      (power, k) => (gradient.data[n * classes + k] = (power / total - (labels[n] === k ? 1 : 0)) / samples),
    );
  }
  return gradient;
}

function sumsByChannel(x: PlainTensor): PlainTensor & { readonly data: Float64Array } {
  const sums = zeros([x.shape.at(-1)!]);
  x.data.forEach((number, index) => add(sums.data, index % sums.data.length, number));
  return sums;
}

export function sum(a: PlainTensor, b: PlainTensor): PlainTensor {
  return map(a, (number, index) => number + at(b.data, index));
}

function map({ shape, data }: PlainTensor, change: (number: number, index: number) => number): PlainTensor {
  return { shape, data: Float64Array.from(data, change) };
}
