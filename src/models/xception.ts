import * as tfl from '@tensorflow/tfjs-layers';
import { requireOptions } from '../arguments.js';
import { SpineError } from '../errors.js';
import { createRandom, type Random } from '../random.js';
import { addHead, checkHead, headDefaults, type HeadOptions } from './head.js';
import { scaledFilters } from './width.js';
import { describeClasses, setModelMetadata, type ClassList } from './metadata.js';

/** Options of {@link buildXception}. */
export interface XceptionOptions {
  /** The classes, by name or by number; with a number they are named '0', '1', …. */
  readonly classes: ClassList;
  /** Seed of the initial weights. */
  readonly seed: number;
  /** [height, width, channels] of the images; default [224, 224, 3]. Sides of 7 pixels or more; Keras asks for 71. */
  readonly inputShape?: readonly [height: number, width: number, channels: number];
  /** Multiplies the number of filters of every convolution; default 1, the published network. */
  readonly width?: number;
  /** The last block to build, 1 … 14; default 14, the published network. Smaller ones are shallower and faster. */
  readonly endBlock?: number;
  /** The layers on top (Fig. 2); `false` leaves the feature maps of the last block as output. */
  readonly head?: HeadOptions | false;
  /**
   * The range that the first convolution's weights expect; images are always given in [0, 1] and mapped to it inside
   * the model. Default [−1, 1], as Xception's ImageNet weights were trained.
   */
  readonly inputRange?: readonly [low: number, high: number];
}

/** The defaults of {@link XceptionOptions}: the paper’s input and the whole network. */
export const xceptionDefaults = {
  inputShape: [224, 224, 3],
  width: 1,
  endBlock: 14,
  head: headDefaults,
  inputRange: [-1, 1],
} as const satisfies Omit<XceptionOptions, 'classes' | 'seed'>;

/**
 * Xception (Chollet, 2017) with the architecture and layer names of Keras Applications, and a classification head
 * (paper, Fig. 2 and step 6). Without its head, at width 1 with 14 blocks, it has 20,861,480 parameters in 234 weight
 * tensors. Keras leaves the four shortcut convolutions unnamed; they are `conv2d_1` … `conv2d_4` here, with
 * `batch_normalization_1` … `_4`.
 *
 * Input: [n, height, width, channels] in [0, 1]. Output: class probabilities [n, k], or the last block's feature maps
 * when `head` is false. Class names and the input convention are kept in the model's user-defined metadata.
 *
 * @throws SpineError `invalid-argument` for an option out of range.
 */
export function buildXception(options: XceptionOptions): tfl.LayersModel {
  requireOptions('buildXception', options, '{ classes, seed }');
  const {
    classes,
    seed,
    inputShape = xceptionDefaults.inputShape,
    width = xceptionDefaults.width,
    endBlock = xceptionDefaults.endBlock,
    head = xceptionDefaults.head,
    inputRange = xceptionDefaults.inputRange,
  } = options;
  check(inputShape, width, endBlock, inputRange);
  if (head !== false) checkHead(head);
  const random = createRandom(seed, 'xception');
  const classNames = describeClasses(classes);

  const images = tfl.input({ shape: [...inputShape], name: 'image' });
  const network = layerMaker(random, width);
  const features = entryToExit(network, rescale(images, inputRange), endBlock);
  const outputs = head === false ? features : addHead(features, classNames.length, random, head);

  const model = tfl.model({ inputs: images, outputs, name: 'xception' });
  setModelMetadata(model, { classes: head === false ? [] : classNames, backbone: 'xception', imageRange: [0, 1], width, endBlock });
  return model;
}

function entryToExit(layers: LayerMaker, images: tfl.SymbolicTensor, endBlock: number): tfl.SymbolicTensor {
  const { convolution, separable, batchNorm, relu, maxPool, add, shortcut } = layers;

  // Entry flow.
  let x = convolution(images, 32, 'block1_conv1', 2);
  x = relu(batchNorm(x, 'block1_conv1_bn'), 'block1_conv1_act');
  x = convolution(x, 64, 'block1_conv2', 1);
  x = relu(batchNorm(x, 'block1_conv2_bn'), 'block1_conv2_act');

  for (const [block, filters] of [[2, 128], [3, 256], [4, 728]] as const) {
    if (block > endBlock) return x;
    const residual = shortcut(x, filters);
    // Block 2 follows an activation already.
    if (block > 2) x = relu(x, `block${block}_sepconv1_act`);
    x = batchNorm(separable(x, filters, `block${block}_sepconv1`), `block${block}_sepconv1_bn`);
    x = relu(x, `block${block}_sepconv2_act`);
    x = batchNorm(separable(x, filters, `block${block}_sepconv2`), `block${block}_sepconv2_bn`);
    x = add(maxPool(x, `block${block}_pool`), residual);
  }

  // Middle flow.
  for (let block = 5; block <= 12; block++) {
    if (block > endBlock) return x;
    const residual = x;
    for (const step of [1, 2, 3]) {
      x = relu(x, `block${block}_sepconv${step}_act`);
      x = batchNorm(separable(x, 728, `block${block}_sepconv${step}`), `block${block}_sepconv${step}_bn`);
    }
    x = add(x, residual);
  }

  // Exit flow.
  if (endBlock < 13) return x;
  const residual = shortcut(x, 1024);
  x = relu(x, 'block13_sepconv1_act');
  x = batchNorm(separable(x, 728, 'block13_sepconv1'), 'block13_sepconv1_bn');
  x = relu(x, 'block13_sepconv2_act');
  x = batchNorm(separable(x, 1024, 'block13_sepconv2'), 'block13_sepconv2_bn');
  x = add(maxPool(x, 'block13_pool'), residual);

  if (endBlock < 14) return x;
  x = batchNorm(separable(x, 1536, 'block14_sepconv1'), 'block14_sepconv1_bn');
  x = relu(x, 'block14_sepconv1_act');
  x = batchNorm(separable(x, 2048, 'block14_sepconv2'), 'block14_sepconv2_bn');
  return relu(x, 'block14_sepconv2_act');
}

type Step = (x: tfl.SymbolicTensor, name: string) => tfl.SymbolicTensor;

interface LayerMaker {
  readonly convolution: (x: tfl.SymbolicTensor, filters: number, name: string, strides: number) => tfl.SymbolicTensor;
  readonly separable: (x: tfl.SymbolicTensor, filters: number, name: string) => tfl.SymbolicTensor;
  readonly batchNorm: Step;
  readonly relu: Step;
  readonly maxPool: Step;
  readonly add: (x: tfl.SymbolicTensor, residual: tfl.SymbolicTensor) => tfl.SymbolicTensor;
  readonly shortcut: (x: tfl.SymbolicTensor, filters: number) => tfl.SymbolicTensor;
}

/** The kinds of layer that Xception is made of, each with Keras's settings, seeded and scaled in width. */
function layerMaker(random: Random, width: number): LayerMaker {
  const { layers, initializers } = tfl;
  const glorot = (name: string) => initializers.glorotUniform({ seed: random.fork(name).integer(0, 0x7fffffff) });
  const apply = (layer: tfl.layers.Layer, x: tfl.SymbolicTensor | tfl.SymbolicTensor[]) => layer.apply(x) as tfl.SymbolicTensor;
  let shortcuts = 0;
  let additions = 0;

  const batchNorm: Step = (x, name) => apply(layers.batchNormalization({ name, momentum: 0.99, epsilon: 1e-3 }), x);
  return {
    convolution: (x, filters, name, strides) =>
      apply(layers.conv2d({ name, filters: scaledFilters(filters, width), kernelSize: 3, strides, padding: 'valid', useBias: false, kernelInitializer: glorot(name) }), x),
    // tfjs initializes both kernels by `depthwiseInitializer`.
    separable: (x, filters, name) =>
      apply(layers.separableConv2d({ name, filters: scaledFilters(filters, width), kernelSize: 3, padding: 'same', useBias: false, depthwiseInitializer: glorot(name) }), x),
    batchNorm,
    relu: (x, name) => apply(layers.activation({ name, activation: 'relu' }), x),
    maxPool: (x, name) => apply(layers.maxPooling2d({ name, poolSize: 3, strides: 2, padding: 'same' }), x),
    add: (x, residual) => apply(layers.add({ name: `add_${++additions}` }), [x, residual]),
    shortcut: (x, filters) => {
      shortcuts++;
      const name = `conv2d_${shortcuts}`;
      const convolved = apply(layers.conv2d({ name, filters: scaledFilters(filters, width), kernelSize: 1, strides: 2, padding: 'same', useBias: false, kernelInitializer: glorot(name) }), x);
      return batchNorm(convolved, `batch_normalization_${shortcuts}`);
    },
  };
}

function rescale(images: tfl.SymbolicTensor, [low, high]: readonly [number, number]): tfl.SymbolicTensor {
  if (low === 0 && high === 1) return images;
  return tfl.layers.rescaling({ name: 'input_range', scale: high - low, offset: low }).apply(images) as tfl.SymbolicTensor;
}

function check(inputShape: readonly number[], width: number, endBlock: number, [low, high]: readonly number[]): void {
  const fail = (message: string): never => {
    throw new SpineError('invalid-argument', message);
  };
  if (inputShape.length !== 3 || !inputShape.every((side) => Number.isInteger(side) && side > 0)) {
    fail(`inputShape must be [height, width, channels] in whole pixels, got [${inputShape.join(', ')}].`);
  }
  if (!(width > 0 && Number.isFinite(width))) fail(`width must be a positive factor, got ${width}.`);
  if (!(Number.isInteger(endBlock) && endBlock >= 1 && endBlock <= 14)) {
    fail(`endBlock must be a whole number from 1 to 14, got ${endBlock}.`);
  }
  if (low === undefined || high === undefined || !(Number.isFinite(low) && Number.isFinite(high) && low < high)) {
    fail(`inputRange must be two finite numbers in rising order, got [${String(low)}, ${String(high)}].`);
  }
  // Two unpadded 3×3 convolutions, the first with stride 2, then halvings that keep at least one pixel.
  const smallest = 7;
  if (Math.min(inputShape[0] as number, inputShape[1] as number) < smallest) {
    fail(`Images of ${inputShape[0]}×${inputShape[1]} pixels are too small for Xception: it needs ${smallest}×${smallest} or more (Keras asks for 71×71).`);
  }
}
