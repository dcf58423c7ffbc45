import type { Image } from '../image/index.js';
import type { LoadOptions, Sample } from './sample.js';

/**
 * A sample made from another one: with some facts changed, and other pixels. These are made each time it is read, not
 * before. Nothing is done for a reading that was aborted meanwhile.
 *
 * @param changes facts that differ; all others are those of `sample`.
 * @param change gives the new image from that of `sample`, which was read in the same way.
 */
export function derive(
  sample: Sample,
  changes: Partial<Omit<Sample, 'load'>>,
  change: (image: Image, how: LoadOptions) => Image | Promise<Image>,
): Sample {
  return {
    ...sample,
    ...changes,
    async load(given) {
      // Plain JavaScript may say null for none.
      const how = given ?? {};
      const image = await sample.load(how);
      how.signal?.throwIfAborted();
      return change(image, how);
    },
  };
}
