import type { Image } from '../image/index.js';
import { derive } from './derive.js';
import type { Dataset, Sample } from './sample.js';

/**
 * The same samples with other pixels: `fn` is applied each time a sample is read, not before. Ids, labels, groups and
 * meta stay.
 *
 * @param fn gives the new image; it must depend on nothing but its arguments if results are to be repeatable.
 */
export function mapImages(dataset: Dataset, fn: (image: Image, sample: Sample) => Image | Promise<Image>): Dataset {
  return dataset.map((sample) => derive(sample, {}, (image) => fn(image, sample)));
}
