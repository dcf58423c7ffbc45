import * as tfl from '@tensorflow/tfjs-layers';
import type { Random } from '../random.js';

type Tensor = tfl.SymbolicTensor;

/** Zeros around feature maps: before and after, in height and in width. */
export type Padding = readonly [
  height: readonly [top: number, bottom: number],
  width: readonly [left: number, right: number],
];

type Activation = 'relu' | 'swish' | 'sigmoid';

/** How a convolution of a backbone differs from the kit's plain one: stride 1, padding 'same', no bias, linear. */
export interface ConvolutionOptions {
  readonly strides?: number;
  /**
   * 'same' and 'valid' as in Keras; a number adds that many zeros on every side, as torch does; or each side's zeros.
   */
  readonly padding?: 'same' | 'valid' | number | Padding;
  readonly bias?: boolean;
  readonly activation?: Activation;
  /** Whether `filters` is multiplied by the width (default): not so where it was scaled already. */
  readonly scaled?: boolean;
}

/** How a pooling differs from the kit's plain one: padding 'valid'. */
export interface PoolingOptions {
  readonly size: number;
  readonly strides: number;
  readonly padding?: 'same' | 'valid';
}

/** What a backbone's batch normalizations and initial weights have in common. */
export interface KitSettings {
  readonly random: Random;
  /** Multiplies the number of filters. */
  readonly width: number;
  /** Default 1e-3, Keras's. */
  readonly epsilon?: number;
  /** Default 0.99, Keras's; torch's momentum of 0.1 is 0.9 here. */
  readonly momentum?: number;
  /** Whether batch normalizations have a gamma; default true. */
  readonly scale?: boolean;
  /** The initial weights of convolutions; default 'glorot', Keras's. 'fanOut': normal, of variance 2 / fan-out. */
  readonly initializer?: 'glorot' | 'fanOut';
}

/** The kinds of layer that backbones are made of, seeded and scaled in width. */
export function layerKit({
  random,
  width,
  epsilon = 1e-3,
  momentum = 0.99,
  scale = true,
  initializer = 'glorot',
}: KitSettings) {
  const { layers, initializers } = tfl;
  const counts = new Map<string, number>();

  const apply = (layer: tfl.layers.Layer, x: Tensor | Tensor[]) => layer.apply(x) as Tensor;
  const kernelOf = (name: string) => {
    const seed = random.fork(name).integer(0, 0x7fffffff);
    return initializer === 'glorot'
      ? initializers.glorotUniform({ seed })
      : initializers.varianceScaling({ scale: 2, mode: 'fanOut', distribution: 'truncatedNormal', seed });
  };
  const filtersOf = (filters: number, scaled = true) => (scaled ? scaledFilters(filters, width) : filters);

  const pad = (x: Tensor, name: string, padding: number | Padding): Tensor => {
    const [height, width] =
      typeof padding === 'number'
        ? ([
            [padding, padding],
            [padding, padding],
          ] as const)
        : padding;
    return apply(layers.zeroPadding2d({ name, padding: [[...height], [...width]] }), x);
  };

  /** The padding that tfjs knows; zeros that it does not are added by a layer before. */
  const padded = (
    x: Tensor,
    name: string,
    padding: ConvolutionOptions['padding'] = 'same',
  ): [Tensor, 'same' | 'valid'] => {
    if (typeof padding === 'string') return [x, padding];
    return [padding === 0 ? x : pad(x, `${name}_pad`, padding), 'valid'];
  };

  /** The next name that Keras would give an unnamed layer of this kind, counted from one: `conv2d_1`, … */
  const numbered = (kind: string): string => {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return `${kind}_${count}`;
  };

  const convolution = (
    x: Tensor,
    name: string,
    filters: number,
    kernelSize: number | [number, number],
    options: ConvolutionOptions = {},
  ): Tensor => {
    const [input, padding] = padded(x, name, options.padding);
    const { strides = 1, bias = false, activation, scaled } = options;
    const settings = {
      name,
      filters: filtersOf(filters, scaled),
      kernelSize,
      strides,
      padding,
      useBias: bias,
      kernelInitializer: kernelOf(name),
    };
    return apply(layers.conv2d(activation ? { ...settings, activation } : settings), input);
  };

  const depthwise = (
    x: Tensor,
    name: string,
    kernelSize: number,
    options: Pick<ConvolutionOptions, 'strides' | 'padding'> = {},
  ): Tensor => {
    const [input, padding] = padded(x, name, options.padding);
    return apply(
      layers.depthwiseConv2d({
        name,
        kernelSize,
        strides: options.strides ?? 1,
        padding,
        useBias: false,
        depthwiseInitializer: kernelOf(name),
      }),
      input,
    );
  };

  // tfjs initializes both kernels by `depthwiseInitializer`.
  const separable = (x: Tensor, name: string, filters: number, kernelSize: number): Tensor =>
    apply(
      layers.separableConv2d({
        name,
        filters: filtersOf(filters),
        kernelSize,
        padding: 'same',
        useBias: false,
        depthwiseInitializer: kernelOf(name),
      }),
      x,
    );

  const batchNorm = (x: Tensor, name: string): Tensor =>
    apply(layers.batchNormalization({ name, momentum, epsilon, scale }), x);
  const activation = (x: Tensor, name: string, kind: Activation): Tensor =>
    apply(layers.activation({ name, activation: kind }), x);
  const relu = (x: Tensor, name: string): Tensor => activation(x, name, 'relu');
  const relu6 = (x: Tensor, name: string): Tensor => apply(layers.reLU({ name, maxValue: 6 }), x);

  const maxPool = (x: Tensor, name: string, { size, strides, padding = 'valid' }: PoolingOptions): Tensor =>
    apply(layers.maxPooling2d({ name, poolSize: size, strides, padding }), x);
  const averagePool = (x: Tensor, name: string, { size, strides, padding = 'valid' }: PoolingOptions): Tensor =>
    apply(layers.averagePooling2d({ name, poolSize: size, strides, padding }), x);

  const add = (x: Tensor, name: string, other: Tensor): Tensor => apply(layers.add({ name }), [x, other]);
  const multiply = (x: Tensor, name: string, other: Tensor): Tensor => apply(layers.multiply({ name }), [x, other]);
  const concatenate = (parts: Tensor[], name: string): Tensor => apply(layers.concatenate({ name, axis: -1 }), parts);

  return {
    numbered,
    convolution,
    depthwise,
    separable,
    batchNorm,
    activation,
    relu,
    relu6,
    maxPool,
    averagePool,
    pad,
    add,
    multiply,
    concatenate,
    apply,
  };
}

/**
 * The number of filters at a width multiplier: rounded to a multiple of 8, at least 8, which is what vector units like;
 * the published number at width 1.
 */
function scaledFilters(filters: number, width: number): number {
  return width === 1 ? filters : Math.max(8, Math.round((filters * width) / 8) * 8);
}
