import type { BackboneName, BackboneVariant } from '../../models/index.js';
import table from './officialWeights.json';
import type { WeightChecksum } from './checksum.js';

/** A file of ImageNet weights, as its publisher names it. */
export interface OfficialWeights {
  readonly backbone: BackboneName;
  readonly variant: BackboneVariant;
  readonly url: string;
  /** As the publisher gives it: an md5, or the first 8 digits of a sha256. Keras gives none for MobileNet. */
  readonly checksum?: WeightChecksum;
  /** Where address and checksum were read: package, version and name in it. */
  readonly source: string;
}

/**
 * The ImageNet weights that Keras 3.15.1 (without the top) and torchvision 0.29.2 (IMAGENET1K_V1, with it) download,
 * read out of these packages. The weights are their publishers', under their terms.
 */
export const officialWeights = table as readonly OfficialWeights[];
