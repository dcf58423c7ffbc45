import { quoted, refuseUnknownOptions, requireOptions } from '../arguments.js';
import { SpineError } from '../errors.js';
import { createRandom, type Random } from '../random.js';
import type { Backbone, BackboneVariant } from './backbone.js';
import { checkHead, headDefaults, type HeadOptions } from './head.js';
import { checkChannels, type InputConvention } from './inputConvention.js';
import { describeClasses, type ClassList } from './metadata.js';

/** Options of {@link buildXception} and {@link buildBackbone}. */
export interface BuildBackboneOptions {
  /** The classes, by name or by number; with a number they are named '0', '1', …. Needed for a head, and ignored without. */
  readonly classes?: ClassList;
  /** Seed of the initial weights. */
  readonly seed: number;
  /** [height, width, channels] of the images; default [224, 224, 3]. */
  readonly inputShape?: readonly [height: number, width: number, channels: number];
  /** Whose graph to build, and so whose weights fit; each backbone's default is the first that it offers. */
  readonly variant?: BackboneVariant;
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

/** The defaults of {@link BuildBackboneOptions} that all backbones share: the paper’s input and the whole network. */
export const buildBackboneDefaults = {
  inputShape: [224, 224, 3],
  width: 1,
  head: headDefaults,
} as const satisfies Partial<BuildBackboneOptions>;

const optionNames = Object.keys({
  classes: true,
  seed: true,
  inputShape: true,
  variant: true,
  width: true,
  endBlock: true,
  head: true,
  inputRange: true,
} satisfies Record<keyof BuildBackboneOptions, true>);

/** Options with every default in its place, and what follows from them before a layer is made. */
export interface Settled {
  readonly classNames: readonly string[];
  readonly random: Random;
  readonly inputShape: readonly [height: number, width: number, channels: number];
  readonly variant: BackboneVariant;
  readonly width: number;
  readonly endBlock: number;
  readonly head: HeadOptions | false;
  readonly convention: InputConvention;
}

/**
 * All that can be told of a model's options without building it.
 *
 * @throws SpineError `invalid-argument` for an unknown option, or one out of range.
 */
export function settle(backbone: Backbone, options: BuildBackboneOptions, caller: string): Settled {
  requireOptions(caller, options, '{ classes, seed }, or { head: false, seed }');
  refuseUnknownOptions(caller, options, optionNames);
  const {
    classes,
    seed,
    inputShape = buildBackboneDefaults.inputShape,
    variant = backbone.variants[0],
    width = buildBackboneDefaults.width,
    endBlock = backbone.blocks,
    head = buildBackboneDefaults.head,
    inputRange,
  } = options;
  check(backbone, { inputShape, variant, width, endBlock, inputRange });
  if (head !== false) checkHead(head);
  const convention = inputRange ?? conventionOf(backbone, variant);
  checkChannels(convention, inputShape[2]);
  return {
    classNames: head === false && classes === undefined ? [] : describeClasses(classes),
    random: createRandom(seed, backbone.name),
    inputShape,
    variant,
    width,
    endBlock,
    head,
    convention,
  };
}

function conventionOf({ convention }: Backbone, variant: BackboneVariant): InputConvention {
  return typeof convention === 'object' && 'keras' in convention ? convention[variant] : convention;
}

/** Beyond any published network; a typing error would ask for more memory than there is. */
const largestWidth = 16;

interface Checked {
  readonly inputShape: readonly number[];
  readonly variant: BackboneVariant;
  readonly width: number;
  readonly endBlock: number;
  readonly inputRange: readonly number[] | undefined;
}

/** Why an architecture is built as the other defines it alone. */
const notOffered: Readonly<Record<BackboneVariant, string>> = {
  torch:
    'torchvision has no such network, and that of timm is not built here, whatever its weights are named like: use weights of Keras’s.',
  keras: 'Keras Applications has no such network: use weights of torchvision’s.',
};

function check(
  { name, variants, blocks, smallestSide }: Backbone,
  { inputShape, variant, width, endBlock, inputRange }: Checked,
): void {
  const fail = (message: string): never => {
    throw new SpineError('invalid-argument', message);
  };
  if (!isListOf(inputShape, 3) || !inputShape.every((side) => Number.isInteger(side) && side > 0)) {
    fail(`inputShape must be [height, width, channels] in whole pixels, got ${quoted(inputShape)}.`);
  }
  if (!variants.includes(variant)) {
    fail(
      `variant must be ${variants.map((offered) => `'${offered}'`).join(' or ')} for ${name}, got ${quoted(variant)}.${Object.hasOwn(notOffered, variant) ? ` ${notOffered[variant]}` : ''}`,
    );
  }
  if (!(typeof width === 'number' && width > 0 && width <= largestWidth))
    fail(`width must be a positive factor up to ${largestWidth}, got ${quoted(width)}.`);
  if (!(Number.isInteger(endBlock) && endBlock >= 1 && endBlock <= blocks)) {
    fail(`endBlock must be a whole number from 1 to ${blocks} for ${name}, got ${quoted(endBlock)}.`);
  }
  if (inputRange !== undefined) {
    const [low, high] = isListOf(inputRange, 2) ? (inputRange as [number, number]) : [NaN, NaN];
    if (!(Number.isFinite(low) && Number.isFinite(high) && low < high)) {
      fail(`inputRange must be two finite numbers in rising order, got ${quoted(inputRange)}.`);
    }
  }
  const [height, side] = inputShape as [number, number];
  if (Math.min(height, side) < smallestSide) {
    fail(
      `Images of ${height}×${side} pixels are too small for ${name}: it needs ${smallestSide}×${smallestSide} or more.`,
    );
  }
}

const isListOf = (value: unknown, length: number): boolean => Array.isArray(value) && value.length === length;
