import * as tfl from '@tensorflow/tfjs-layers';
import type { Backbone, BackboneVariant, Construction } from './backbone.js';
import { blockNames, stemNames, topNames, type ConvolutionNames } from './efficientnetNames.js';
import { layerKit, type Padding } from './layerKit.js';

type Tensor = tfl.SymbolicTensor;

/** Inverted residual blocks in a row; the first may halve the feature maps and change the number of filters. */
interface Stage {
  readonly kernelSize: number;
  readonly strides: number;
  /** How many times wider a block is inside than at its input. */
  readonly expansion: number;
  readonly filters: number;
  readonly repeats: number;
}

/** The stages of B0 (Tan & Le, 2019, Table 1). */
const stages: readonly Stage[] = [
  { kernelSize: 3, strides: 1, expansion: 1, filters: 16, repeats: 1 },
  { kernelSize: 3, strides: 2, expansion: 6, filters: 24, repeats: 2 },
  { kernelSize: 5, strides: 2, expansion: 6, filters: 40, repeats: 2 },
  { kernelSize: 3, strides: 2, expansion: 6, filters: 80, repeats: 3 },
  { kernelSize: 5, strides: 1, expansion: 6, filters: 112, repeats: 3 },
  { kernelSize: 5, strides: 2, expansion: 6, filters: 192, repeats: 4 },
  { kernelSize: 3, strides: 1, expansion: 6, filters: 320, repeats: 1 },
];

/** Share of samples that the last block would drop; the first drops none, those between in proportion. */
const lastDropRate = 0.2;

/** How much more of filters and of repeats a network has than B0. */
interface Scaling {
  readonly width: number;
  readonly depth: number;
}

/** The smallest EfficientNet. */
export const efficientnetB0 = efficientnet('efficientnetB0', { width: 1, depth: 1 });

/** B0 made wider and deeper; its ImageNet weights were trained on images of 300×300. */
export const efficientnetB3 = efficientnet('efficientnetB3', { width: 1.2, depth: 1.4 });

/**
 * EfficientNet (Tan & Le, 2019). Blocks 1 to 7 are the stages of inverted residuals, the first with the convolution
 * before it; block 8 is the convolution at the top. `width` multiplies the network's own factor, before its own
 * rounding. Keras and torchvision differ in names, in where a convolution of stride 2 pads, and in the batch
 * normalizations.
 *
 * Keras rescales and normalizes inside the network; for its ImageNet weights that comes to the same as torchvision's.
 */
/* @__NO_SIDE_EFFECTS__ */
function efficientnet(name: string, scaling: Scaling): Backbone {
  return {
    name,
    variants: ['keras', 'torch'],
    convention: 'torch',
    blocks: stages.length + 1,
    // Every halving rounds up.
    smallestSide: 1,
    features: (images, construction) => features(images, scaling, construction),
  };
}

function features(images: Tensor, scaling: Scaling, { random, width, endBlock, variant }: Construction): Tensor {
  const normalization = variant === 'torch' ? { epsilon: 1e-5, momentum: 0.9 } : { epsilon: 1e-3, momentum: 0.99 };
  const kit = layerKit({ random, width: 1, initializer: 'fanOut', ...normalization });
  const scaled = (filters: number) => roundedFilters(filters * scaling.width * width);
  const repeatsOf = ({ repeats }: Stage) => Math.ceil(repeats * scaling.depth);
  const blocks = stages.reduce((sum, stage) => sum + repeatsOf(stage), 0);

  const finished = (x: Tensor, [, norm, activation]: ConvolutionNames) =>
    kit.activation(kit.batchNorm(x, norm), activation, 'swish');
  const convolution = (x: Tensor, names: ConvolutionNames, filters: number, kernelSize: number, strides = 1) =>
    finished(
      kit.convolution(x, names[0], filters, kernelSize, {
        strides,
        padding: paddingOf(x, kernelSize, strides, variant),
      }),
      names,
    );

  let x = convolution(images, stemNames[variant], scaled(32), 3, 2);
  let blocksBefore = 0;
  for (const [index, stage] of stages.slice(0, endBlock).entries()) {
    const filters = scaled(stage.filters);
    for (let repeat = 0; repeat < repeatsOf(stage); repeat++) {
      x = block(x, index + 1, repeat, { ...stage, filters, strides: repeat === 0 ? stage.strides : 1 });
      blocksBefore++;
    }
  }
  return endBlock > stages.length ? convolution(x, topNames[variant], scaled(1280), 1) : x;

  /** An inverted residual: wide inside, narrow at both ends. */
  function block(
    input: Tensor,
    stage: number,
    repeat: number,
    { kernelSize, strides, expansion, filters }: Stage,
  ): Tensor {
    const names = blockNames(variant, stage, repeat, expansion > 1);
    const narrow = input.shape.at(-1)!;
    const wide = expansion > 1 ? convolution(input, names.expand, narrow * expansion, 1) : input;
    const depthwise = kit.depthwise(wide, names.depthwise[0], kernelSize, {
      strides,
      padding: paddingOf(wide, kernelSize, strides, variant),
    });
    const excited = squeezeAndExcite(finished(depthwise, names.depthwise), names, Math.max(1, Math.floor(narrow / 4)));
    const projected = kit.batchNorm(kit.convolution(excited, names.project[0], filters, 1), names.project[1]);
    if (strides > 1 || narrow !== filters) return projected;

    const rate = (lastDropRate * blocksBefore) / blocks;
    return kit.add(rate > 0 ? dropSamples(projected, names.drop, rate) : projected, names.add, input);
  }

  /** Weighs each channel by what all of them are on average (Hu et al., 2018). */
  function squeezeAndExcite(input: Tensor, names: ReturnType<typeof blockNames>, squeezed: number): Tensor {
    const channels = input.shape.at(-1)!;
    const means = kit.apply(tfl.layers.globalAveragePooling2d({ name: names.squeeze }), input);
    const pixel = kit.apply(tfl.layers.reshape({ name: names.reshape, targetShape: [1, 1, channels] }), means);
    const reduced = kit.convolution(pixel, names.reduce, squeezed, 1, { bias: true, activation: 'swish' });
    const weights = kit.convolution(reduced, names.restore, channels, 1, { bias: true, activation: 'sigmoid' });
    return kit.multiply(input, names.excite, weights);
  }

  /** In training, leaves some samples to the shortcut alone (stochastic depth; Huang et al., 2016). */
  function dropSamples(input: Tensor, name: string, rate: number): Tensor {
    // Keras's null stands for the size of the batch; the types of tfjs do not know it.
    const noiseShape = [null, 1, 1, 1] as unknown as number[];
    return kit.apply(tfl.layers.dropout({ name, rate, noiseShape }), input);
  }
}

/** A multiple of 8, the nearest one unless that takes more than a tenth away. */
function roundedFilters(filters: number): number {
  const nearest = Math.max(8, Math.floor((filters + 4) / 8) * 8);
  return nearest < 0.9 * filters ? nearest + 8 : nearest;
}

/** torch pads all sides alike; Keras leaves out a row and a column at the start where the size is even. */
function paddingOf(
  { shape }: Tensor,
  kernelSize: number,
  strides: number,
  variant: BackboneVariant,
): 'same' | number | Padding {
  if (strides === 1) return 'same';
  const half = (kernelSize - 1) / 2;
  if (variant === 'torch') return half;
  const before = (side: number) => (side % 2 === 0 ? half - 1 : half);
  return [
    [before(shape[1]!), half],
    [before(shape[2]!), half],
  ];
}
