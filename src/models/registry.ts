import type * as tfl from '@tensorflow/tfjs-layers';
import { nearest, quoted } from '../arguments.js';
import { SpineError } from '../errors.js';
import { alexnet } from './alexnet.js';
import { assemble } from './assemble.js';
import type { Backbone, BackboneVariant } from './backbone.js';
import { densenet169, densenet201 } from './densenet.js';
import { efficientnetB0, efficientnetB3 } from './efficientnet.js';
import { googlenet } from './googlenet.js';
import { inceptionResNetV2 } from './inceptionResNetV2.js';
import { inceptionV3 } from './inceptionV3.js';
import { mobilenet } from './mobilenet.js';
import { settle, type BuildBackboneOptions } from './options.js';
import { resnet101 } from './resnet.js';
import { vgg16, vgg19 } from './vgg.js';
import { xception } from './xception.js';

/** A network of the paper's comparison: those of its Tables I to VI, then the image classifiers of Table VII. */
export type BackboneName =
  | 'xception'
  | 'efficientnetB3'
  | 'densenet169'
  | 'vgg19'
  | 'resnet101'
  | 'mobilenet'
  | 'vgg16'
  | 'inceptionV3'
  | 'densenet201'
  | 'inceptionResNetV2'
  | 'efficientnetB0'
  | 'googlenet'
  | 'alexnet';

const registry: Readonly<Record<BackboneName, Backbone>> = {
  xception,
  efficientnetB3,
  densenet169,
  vgg19,
  resnet101,
  mobilenet,
  vgg16,
  inceptionV3,
  densenet201,
  inceptionResNetV2,
  efficientnetB0,
  googlenet,
  alexnet,
};

/** Every backbone that {@link buildBackbone} builds. */
export const backboneNames = Object.keys(registry) as readonly BackboneName[];

/** What can be asked of a backbone. */
export interface BackboneFacts {
  /** Whose graphs it is built as; the first is the default. */
  readonly variants: readonly BackboneVariant[];
  /** The last block of the published network: the default of `endBlock`. */
  readonly blocks: number;
  /** The smallest height and width of an image in pixels. */
  readonly smallestSide: number;
}

/** @throws SpineError `invalid-argument` for an unknown name. */
export function backboneFacts(name: BackboneName): BackboneFacts {
  const { variants, blocks, smallestSide } = backboneNamed(name);
  return { variants, blocks, smallestSide };
}

/**
 * Builds a network of the paper's comparison with the architecture, layer names and order of Keras Applications
 * (`include_top=False`), or of torchvision, under a head of our own. Images are always given in [0, 1]; what the
 * network's ImageNet weights expect is computed inside the model.
 *
 * Input: [n, height, width, channels] in [0, 1]. Output: class probabilities [n, k], or the last block's feature maps
 * when `head` is false. Name, variant, class names and the rest are kept in the model's user-defined metadata.
 *
 * @throws SpineError `invalid-argument` for an unknown name, a variant that is not offered, or an option out of range.
 */
export function buildBackbone(name: BackboneName, options: BuildBackboneOptions): tfl.LayersModel {
  return assemble(backboneNamed(name), options, 'buildBackbone');
}

/**
 * Checks the arguments of {@link buildBackbone} without building anything.
 *
 * @throws SpineError `invalid-argument` for every argument that it would refuse.
 */
export function checkBackbone(name: BackboneName, options: BuildBackboneOptions): void {
  settle(backboneNamed(name), options, 'buildBackbone');
}

function backboneNamed(name: string): Backbone {
  if (Object.hasOwn(registry, name)) return registry[name as BackboneName];
  const meant = typeof name === 'string' ? nearest(name, backboneNames) : undefined;
  throw new SpineError(
    'invalid-argument',
    `There is no backbone ${quoted(name)}. ${meant === undefined ? '' : `Do you mean "${meant}"? `}There are: ${backboneNames.join(', ')}.`,
  );
}
