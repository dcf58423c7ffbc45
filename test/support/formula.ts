import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { modelWeights } from 'spine-xray-ml/weights';

/** `size` numbers in [0, 1) that follow from a name; the same as test/golden/formula.py makes. */
function uniform(name: string, size: number): Float64Array {
  let seed = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(name)) seed = Math.imul(seed ^ byte, 0x01000193);
  const values = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let h = (Math.imul(i, 0x9e3779b9) + seed) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
    h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
    values[i] = ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
  }
  return values;
}

/** The value that the golden scripts give the weight `layer/variable` of this shape. */
export function formulaWeight(name: string, shape: readonly number[]): Float32Array {
  const variable = name.slice(name.lastIndexOf('/') + 1);
  const values = uniform(
    name,
    shape.reduce((product, side) => product * side, 1),
  );
  const [height = 1, width = 1, channels = 1, multiplier = 1] = shape;
  const depthwise = variable === 'depthwise_kernel' || (shape.length === 4 && multiplier === 1 && channels > 3);
  const bound = Math.sqrt(6 / (depthwise ? height * width : values.length / shape.at(-1)!));
  return Float32Array.from(values, (u) => {
    if (variable.endsWith('kernel')) return (2 * u - 1) * bound;
    if (variable === 'gamma') return 0.75 + 0.5 * u;
    return variable === 'moving_variance' ? 0.5 + u : 0.4 * u - 0.2;
  });
}

export function setFormulaWeights(model: tfl.LayersModel): void {
  for (const { name, shape, write } of modelWeights(model))
    tf.tidy(() => write(tf.tensor(formulaWeight(name, shape), [...shape])));
}

/** pixel(y, x, c) = ((7y + 13x + 29c) mod 256) / 255. */
export function formulaImage(side: number): tf.Tensor4D {
  const pixels = Float32Array.from({ length: side * side * 3 }, (_, index) => {
    const [y, x, c] = [Math.floor(index / (3 * side)), Math.floor(index / 3) % side, index % 3];
    return ((7 * y + 13 * x + 29 * c) % 256) / 255;
  });
  return tf.tensor4d(pixels, [1, side, side, 3]);
}

/** What the golden scripts keep of feature maps. */
export interface Activation {
  readonly shape: readonly number[];
  readonly spread: number;
  readonly channelMeans: readonly number[];
  /** The first channels of one pixel: the last of the first row, unless said otherwise. */
  readonly corner: readonly number[];
}

/** The largest deviation of feature maps [1, h, w, c] from a reference, in units of its spread. */
export async function deviation(
  output: tf.Tensor,
  { shape, spread, channelMeans, corner }: Activation,
  pixel?: readonly [row: number, column: number],
): Promise<number> {
  if (output.shape.slice(1).join() !== shape.join()) return Infinity;
  const [, width, channels] = shape as [number, number, number];
  const [row, column] = pixel ?? [0, width - 1];
  const [means, values] = [await tf.tidy(() => tf.mean(output, [0, 1, 2])).data(), await output.data()];
  const first = (row * width + column) * channels;
  const differences = [
    ...channelMeans.map((value, index) => Math.abs(means[index]! - value)),
    ...corner.map((value, index) => Math.abs(values[first + index]! - value)),
  ];
  return Math.max(...differences) / spread;
}

/** How far a model's layers deviate from their references on the formula's image, by layer. */
export async function deviations(
  model: tfl.LayersModel,
  side: number,
  activations: Readonly<Record<string, Activation>>,
  pixel?: readonly [row: number, column: number],
): Promise<ReadonlyMap<string, number>> {
  const layers = Object.keys(activations);
  const probe = tfl.model({
    inputs: model.inputs,
    outputs: layers.map((layer) => model.getLayer(layer).output as tfl.SymbolicTensor),
  });
  const image = formulaImage(side);
  const outputs = [probe.predict(image)].flat();
  const found = new Map<string, number>();
  for (const [index, layer] of layers.entries())
    found.set(layer, await deviation(outputs[index]!, activations[layer]!, pixel));
  tf.dispose([image, ...outputs]);
  return found;
}
