import type * as tfl from '@tensorflow/tfjs-layers';
import type { Random } from '../random.js';
import type { InputConvention } from './inputConvention.js';

/** Whose definition of an architecture: Keras Applications' or torchvision's. Their graphs differ in places. */
export type BackboneVariant = 'keras' | 'torch';

/** What the layers of a backbone are made from. */
export interface Construction {
  readonly random: Random;
  readonly width: number;
  readonly endBlock: number;
  readonly variant: BackboneVariant;
}

/** An architecture: how it is built, and what it asks for. */
export interface Backbone {
  readonly name: string;
  /** Whose graphs can be built; the first is the default. */
  readonly variants: readonly [BackboneVariant, ...BackboneVariant[]];
  /** The input that ImageNet weights of each variant were trained on. */
  readonly convention: InputConvention | Readonly<Record<BackboneVariant, InputConvention>>;
  /** The last block of the published network. */
  readonly blocks: number;
  /** Height and width that leave a pixel at the end, unless fewer blocks are built. */
  readonly smallestSide: number;
  /** From images as the weights expect them to the feature maps of the last block. */
  readonly features: (images: tfl.SymbolicTensor, construction: Construction) => tfl.SymbolicTensor;
}
