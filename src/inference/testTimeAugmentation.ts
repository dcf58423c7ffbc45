import { quoted, requireOptions } from '../arguments.js';
import {
  applyAugmentation,
  drawAugmentation,
  refuseUnknownAugmentOptions,
  type AugmentOptions,
} from '../augment/index.js';
import { derive, type Dataset } from '../dataset/index.js';
import { SpineError } from '../errors.js';
import { createRandom } from '../random.js';

/** The changed copies of a film that its prediction is averaged over; which changes is as in {@link augmentDataset}. */
export interface TestTimeAugmentationOptions extends AugmentOptions {
  /** An integer; with it the views are always the same. */
  readonly seed: number;
  /** Copies of each film, beside itself. */
  readonly views: number;
}

/**
 * Each sample followed by its views. What a view looks like depends on the seed, the sample's id and the view's number,
 * and on nothing else.
 *
 * @throws SpineError `invalid-argument` without a seed, or for an impossible option.
 */
export function withViews(dataset: Dataset, options: TestTimeAugmentationOptions): Dataset {
  requireOptions('augment', options, '{ seed, views }');
  refuseUnknownAugmentOptions('augment', options, ownOptionNames);
  const { seed, views, ...pipeline } = options;
  if (!(Number.isInteger(views) && views > 0))
    throw new SpineError('invalid-argument', `augment.views must be a whole number above 0, got ${quoted(views)}.`);
  const random = createRandom(seed, 'views');
  // Finds impossible options before anything is read.
  drawAugmentation(random.fork('check'), pipeline);
  return dataset.flatMap((sample) => [
    sample,
    ...Array.from({ length: views }, (_, view) =>
      derive(sample, {}, (image) => applyAugmentation(image, drawAugmentation(random.fork(sample.id, view), pipeline))),
    ),
  ]);
}

const ownOptionNames = Object.keys({ seed: true, views: true } satisfies Record<
  Exclude<keyof TestTimeAugmentationOptions, keyof AugmentOptions>,
  true
>);
