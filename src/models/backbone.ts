import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import { requireOptions } from '../arguments.js';
import { SpineError } from '../errors.js';
import { createRandom, type Random } from '../random.js';
import { addHead, checkHead, headDefaults, type HeadOptions } from './head.js';
import { applyConvention, type InputConvention } from './inputConvention.js';
import { describeClasses, setModelMetadata, type ClassList } from './metadata.js';

/** Whose definition of an architecture: Keras Applications' or torchvision's. Their graphs differ in places. */
export type Variant = 'keras' | 'torch';

/** Options of {@link buildXception} and {@link buildBackbone}. */
export interface BackboneOptions {
  /** The classes, by name or by number; with a number they are named '0', '1', …. */
  readonly classes: ClassList;
  /** Seed of the initial weights. */
  readonly seed: number;
  /** [height, width, channels] of the images; default [224, 224, 3]. */
  readonly inputShape?: readonly [height: number, width: number, channels: number];
  /** Whose graph to build, and so whose weights fit; each backbone's default is the first that it offers. */
  readonly variant?: Variant;
  /** Multiplies the number of filters of every convolution; default 1, the published network. */
  readonly width?: number;
  /** The last block to build, from 1; default the last one of the published network. Fewer are shallower and faster. */
  readonly endBlock?: number;
  /** The layers on top (Fig. 2); `false` leaves the feature maps of the last block as output. */
  readonly head?: HeadOptions | false;
  /**
   * The range that the first convolution's weights expect; images are always given in [0, 1] and mapped to it inside
   * the model. Default: what the backbone's ImageNet weights were trained on, [−1, 1] for Xception.
   */
  readonly inputRange?: readonly [low: number, high: number];
}

/** The defaults of {@link BackboneOptions} that all backbones share: the paper’s input and the whole network. */
export const backboneDefaults = { inputShape: [224, 224, 3], width: 1, head: headDefaults } as const satisfies Partial<BackboneOptions>;

/** What the layers of a backbone are made from. */
export interface Construction {
  readonly random: Random;
  readonly width: number;
  readonly endBlock: number;
  readonly variant: Variant;
}

/** An architecture: how it is built, and what it asks for. */
export interface Backbone {
  readonly name: string;
  /** Whose graphs can be built; the first is the default. */
  readonly variants: readonly [Variant, ...Variant[]];
  /** The input that ImageNet weights of each variant were trained on. */
  readonly convention: InputConvention | Readonly<Record<Variant, InputConvention>>;
  /** The last block of the published network. */
  readonly blocks: number;
  /** Height and width that leave a pixel at the end, unless fewer blocks are built. */
  readonly smallestSide: number;
  /** From images as the weights expect them to the feature maps of the last block. */
  readonly features: (images: tfl.SymbolicTensor, construction: Construction) => tfl.SymbolicTensor;
}

/** Builds a model of a backbone between the input convention and a head. */
export function assemble(backbone: Backbone, options: BackboneOptions, caller: string): tfl.LayersModel {
  requireOptions(caller, options, '{ classes, seed }');
  const {
    classes,
    seed,
    inputShape = backboneDefaults.inputShape,
    variant = backbone.variants[0],
    width = backboneDefaults.width,
    endBlock = backbone.blocks,
    head = backboneDefaults.head,
    inputRange,
  } = options;
  check(backbone, { inputShape, variant, width, endBlock, inputRange });
  if (head !== false) checkHead(head);
  const random = createRandom(seed, backbone.name);
  const classNames = describeClasses(classes);

  const images = tfl.input({ shape: [...inputShape], name: 'image' });
  const convention = inputRange ?? conventionOf(backbone, variant);
  const model = wholeOrNothing(() => {
    const features = backbone.features(applyConvention(images, convention), { random, width, endBlock, variant });
    const outputs = head === false ? features : addHead(features, classNames.length, random, head);
    return tfl.model({ inputs: images, outputs, name: backbone.name });
  });
  setModelMetadata(model, { classes: head === false ? [] : classNames, backbone: backbone.name, variant, imageRange: [0, 1], width, endBlock });
  return model;
}

/** A build that fails half way would leave the variables of the layers already made. */
function wholeOrNothing<T>(build: () => T): T {
  const variables = tf.engine().state.registeredVariables;
  const before = new Set(Object.keys(variables));
  try {
    return build();
  } catch (error) {
    for (const [name, variable] of Object.entries(variables)) if (!before.has(name)) variable.dispose();
    throw error;
  }
}

function conventionOf({ convention }: Backbone, variant: Variant): InputConvention {
  return typeof convention === 'object' && 'keras' in convention ? convention[variant] : convention;
}

/** Beyond any published network; a typing error would ask for more memory than there is. */
const largestWidth = 16;

interface Checked {
  readonly inputShape: readonly number[];
  readonly variant: Variant;
  readonly width: number;
  readonly endBlock: number;
  readonly inputRange: readonly number[] | undefined;
}

function check({ name, variants, blocks, smallestSide }: Backbone, { inputShape, variant, width, endBlock, inputRange }: Checked): void {
  const fail = (message: string): never => {
    throw new SpineError('invalid-argument', message);
  };
  if (!isListOf(inputShape, 3) || !inputShape.every((side) => Number.isInteger(side) && side > 0)) {
    fail(`inputShape must be [height, width, channels] in whole pixels, got ${JSON.stringify(inputShape)}.`);
  }
  if (!variants.includes(variant)) {
    fail(`variant must be ${variants.map((offered) => `'${offered}'`).join(' or ')} for ${name}, got ${JSON.stringify(variant)}.`);
  }
  if (!(width > 0 && width <= largestWidth)) fail(`width must be a positive factor up to ${largestWidth}, got ${width}.`);
  if (!(Number.isInteger(endBlock) && endBlock >= 1 && endBlock <= blocks)) {
    fail(`endBlock must be a whole number from 1 to ${blocks} for ${name}, got ${endBlock}.`);
  }
  if (inputRange !== undefined) {
    const [low, high] = isListOf(inputRange, 2) ? (inputRange as [number, number]) : [NaN, NaN];
    if (!(Number.isFinite(low) && Number.isFinite(high) && low < high)) {
      fail(`inputRange must be two finite numbers in rising order, got ${JSON.stringify(inputRange)}.`);
    }
  }
  const [height, side] = inputShape as [number, number];
  if (Math.min(height, side) < smallestSide) {
    fail(`Images of ${height}×${side} pixels are too small for ${name}: it needs ${smallestSide}×${smallestSide} or more.`);
  }
}

const isListOf = (value: unknown, length: number): boolean => Array.isArray(value) && value.length === length;
