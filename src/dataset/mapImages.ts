import type { Image } from '../image/index.js';
import { callback, checked } from '../options.js';
import { derive } from './derive.js';
import { requireDataset } from './requireDataset.js';
import type { Dataset, Sample } from './sample.js';

/**
 * The same samples with other pixels: `fn` is applied each time a sample is read, not before. Ids, labels, groups and
 * meta stay.
 *
 * @param fn gives the new image; it must depend on nothing but its arguments if results are to be repeatable.
 * @throws SpineError `invalid-argument` for what is no data set or no function.
 */
export function mapImages(dataset: Dataset, fn: (image: Image, sample: Sample) => Image | Promise<Image>): Dataset {
  requireDataset('The data set of mapImages', dataset);
  checked('fn of mapImages', fn, callback);
  return dataset.map((sample) => derive(sample, {}, (image) => fn(image, sample)));
}
