import type { Image } from '../image/index.js';
import { optionsOf, wholeNumber } from '../options.js';
import { requireDataset } from './requireDataset.js';
import type { Dataset, LoadOptions, Sample } from './sample.js';
import { untilAborted } from '../async.js';

/** How {@link cacheImages} keeps images. */
export interface CacheImagesOptions {
  /** Bytes of pixels to keep at most. Default 1 GiB: 1783 float images of 224 × 224 × 3. */
  readonly maxBytes?: number;
}

/** The defaults of {@link CacheImagesOptions}. */
export const cacheImagesDefaults = { maxBytes: 2 ** 30 } as const;

export const cacheImagesOptions = optionsOf<CacheImagesOptions, typeof cacheImagesDefaults>(
  'cacheImages',
  { maxBytes: wholeNumber(0) },
  cacheImagesDefaults,
);

/**
 * The same samples, which remember their pixels once read, as long as there is room. Put it after preprocessing and
 * before augmentation: what is drawn anew in each epoch (`perEpoch`) is passed through.
 *
 * What was read first stays: when a data set larger than the cache is read again and again, a cache that dropped the
 * oldest would never have what is asked for next. Simultaneous reads of a sample share one; it is aborted when all who
 * wait for it are. Failed and aborted reads are not remembered. The images are shared, so treat them as read-only.
 *
 * @throws SpineError `invalid-argument` if `maxBytes` is not an integer of at least 0, or for what is no data set.
 */
export function cacheImages(dataset: Dataset, options: CacheImagesOptions = {}): Dataset {
  requireDataset('The data set of cacheImages', dataset);
  const { maxBytes } = cacheImagesOptions.check(options);
  let free = maxBytes;
  const reserve = (bytes: number) => {
    if (bytes > free) return false;
    free -= bytes;
    return true;
  };
  return dataset.map((sample) => (sample.perEpoch ? sample : { ...sample, load: rememberingLoad(sample, reserve) }));
}

/** A read that several callers wait for. */
interface SharedRead {
  readonly image: Promise<Image>;
  readonly controller: AbortController;
  waiting: number;
}

function rememberingLoad(sample: Sample, reserve: (bytes: number) => boolean): Sample['load'] {
  let kept: Image | undefined;
  let current: SharedRead | undefined;

  const read = async (signal: AbortSignal): Promise<Image> => {
    const image = await sample.load({ signal });
    // A view keeps all of the memory it looks into.
    if (!signal.aborted && reserve(image.data.buffer.byteLength)) kept = image;
    return image;
  };
  const startRead = (): SharedRead => {
    const controller = new AbortController();
    return { image: read(controller.signal), controller, waiting: 0 };
  };

  return async (how?: LoadOptions) => {
    const signal = how?.signal;
    signal?.throwIfAborted();
    if (kept) return kept;
    const shared = (current ??= startRead());
    shared.waiting++;
    try {
      return await untilAborted(shared.image, signal);
    } finally {
      shared.waiting--;
      if (shared.waiting === 0) {
        if (current === shared) current = undefined;
        // Changes nothing if the read has ended.
        shared.controller.abort(signal?.reason);
      }
    }
  };
}
