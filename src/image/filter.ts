/** For each output position along one axis: the input positions it is a weighted mean of. */
export interface AxisFilter {
  /** Output positions. */
  readonly size: number;
  /** First input position of each output position. Never falls. */
  readonly first: Int32Array;
  /** Number of input positions of each output position. */
  readonly count: Int32Array;
  /** Weights, `taps` slots to an output position; those of one position sum to 1. */
  readonly weights: Float64Array;
  /** Slots to an output position. */
  readonly taps: number;
}

/** The part of the input that is spread over the output, in pixels; may begin and end within one. */
export interface AxisWindow {
  readonly start: number;
  readonly extent: number;
}

/**
 * The triangle filter (bilinear), with half-pixel centres: output position i looks at window.start + (i + ½)·scale,
 * one input pixel being one unit wide. With `antialias` the triangle is as wide as the scale when shrinking, so that
 * every input pixel counts. Weights beyond the border are dropped and the rest made to sum to 1, as TensorFlow's
 * `tf.image.resize` and Pillow do.
 */
export function triangleFilter(
  inputSize: number,
  outputSize: number,
  antialias: boolean,
  window: AxisWindow = { start: 0, extent: inputSize },
): AxisFilter {
  const scale = window.extent / outputSize;
  const radius = antialias ? Math.max(scale, 1) : 1;
  const taps = Math.min(inputSize, Math.ceil(2 * radius) + 1);
  const first = new Int32Array(outputSize);
  const count = new Int32Array(outputSize);
  const weights = new Float64Array(outputSize * taps);

  for (let i = 0; i < outputSize; i++) {
    const center = window.start + (i + 0.5) * scale - 0.5;
    const low = Math.max(0, Math.ceil(center - radius));
    const high = Math.min(inputSize - 1, Math.floor(center + radius));
    let sum = 0;
    for (let j = low; j <= high; j++) {
      const weight = 1 - Math.abs(j - center) / radius;
      weights[i * taps + j - low] = weight;
      sum += weight;
    }
    for (let t = i * taps; t <= i * taps + high - low; t++) weights[t] = weights[t]! / sum;
    first[i] = low;
    count[i] = high - low + 1;
  }
  return { size: outputSize, first, count, weights, taps };
}
