import { SpineError } from '../errors.js';
import {
  either,
  oneOf,
  optionsOf,
  record,
  required,
  seedNumber,
  tupleOf,
  wholeNumber,
  type Rule,
  type Rules,
} from '../options.js';
import { createRandom, type Random } from '../random.js';
import type { Backbone, BackboneVariant } from './backbone.js';
import { headDefaults, headOptions, type HeadOptions } from './head.js';
import { checkChannels, type InputConvention } from './inputConvention.js';
import { classListRule, describeClasses, type ClassList } from './metadata.js';

/** Options of {@link buildXception} and {@link buildBackbone}. */
export interface BuildBackboneOptions {
  /**
   * The classes, by name or by number; with a number they are named '0', '1', …. Needed for a head, and ignored
   * without.
   */
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

/** Beyond any published network; a typing error would ask for more memory than there is. */
const largestWidth = 16;

const rules: Rules<BuildBackboneOptions> = {
  classes: classListRule,
  seed: required(seedNumber),
  inputShape: tupleOf<readonly [number, number, number]>(
    '[height, width, channels] in whole pixels',
    3,
    wholeNumber(1),
  ),
  variant: oneOf('keras', 'torch'),
  width: {
    expects: `a positive factor up to ${largestWidth}`,
    accepts: (given) => typeof given === 'number' && given > 0 && given <= largestWidth,
  },
  endBlock: wholeNumber(1),
  head: either(record(headOptions), oneOf(false)),
  inputRange: {
    expects: 'two finite numbers in rising order',
    accepts: (given) =>
      Array.isArray(given) && given.length === 2 && given.every(Number.isFinite) && given[0] < given[1],
  },
};

const tableNamed = (name: string) =>
  optionsOf<BuildBackboneOptions, typeof buildBackboneDefaults>(name, rules, buildBackboneDefaults);
export const buildBackboneOptions = tableNamed('buildBackbone');
export const buildXceptionOptions = tableNamed('buildXception');

/** Options with every default in its place, and what follows from them before a layer is made. */
export interface Settled {
  readonly classNames: readonly string[];
  readonly random: Random;
  readonly inputShape: readonly [height: number, width: number, channels: number];
  readonly variant: BackboneVariant;
  readonly width: number;
  readonly endBlock: number;
  readonly head: Required<HeadOptions> | false;
  readonly convention: InputConvention;
}

/**
 * All that can be told of a model's options without building it.
 *
 * @throws SpineError `invalid-argument` for an unknown option, or one out of range.
 */
export function settle(
  backbone: Backbone,
  options: BuildBackboneOptions,
  { name }: typeof buildBackboneOptions,
): Settled {
  const table = optionsOf<BuildBackboneOptions, typeof buildBackboneDefaults>(
    name,
    { ...rules, ...offered(backbone) },
    buildBackboneDefaults,
  );
  const settings = table.check(options);
  const { classes, seed, inputShape, width, inputRange } = settings;
  // Given or by default, it is complete.
  const head = settings.head as Required<HeadOptions> | false;
  const { variant = backbone.variants[0], endBlock = backbone.blocks } = settings;
  if (head !== false && classes === undefined) {
    throw new SpineError(
      'invalid-argument',
      `classes must be ${classListRule.expects}, got undefined. For a model without a head give head: false.`,
    );
  }
  const [height, side] = inputShape;
  if (Math.min(height, side) < backbone.smallestSide) {
    throw new SpineError(
      'invalid-argument',
      `Images of ${height}×${side} pixels are too small for ${backbone.name}: it needs ${backbone.smallestSide}×${backbone.smallestSide} or more.`,
    );
  }
  const convention = inputRange ?? conventionOf(backbone, variant);
  checkChannels(convention, inputShape[2]);
  return {
    classNames: classes === undefined ? [] : describeClasses(classes),
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

/** Why an architecture is built as the other defines it alone. */
const notOffered: Readonly<Record<BackboneVariant, string>> = {
  torch:
    'torchvision has no such network, and that of timm is not built here, whatever its weights are named like: use weights of Keras’s.',
  keras: 'Keras Applications has no such network: use weights of torchvision’s.',
};

/** What depends on the backbone. */
function offered({ name, variants, blocks }: Backbone): Pick<Rules<BuildBackboneOptions>, 'variant' | 'endBlock'> {
  const variant: Rule<BackboneVariant> = {
    expects: `${oneOf(...variants).expects} for ${name}`,
    accepts: (given) => variants.includes(given as BackboneVariant),
    advice: (given) => (Object.hasOwn(notOffered, String(given)) ? notOffered[given as BackboneVariant] : undefined),
  };
  const endBlock = wholeNumber(1, blocks);
  return { variant, endBlock: { ...endBlock, expects: `${endBlock.expects} for ${name}` } };
}
