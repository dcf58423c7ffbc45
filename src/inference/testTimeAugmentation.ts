import {
  applyAugmentation,
  augmentDefaults,
  augmentRules,
  drawAugmentation,
  type AugmentOptions,
} from '../augment/index.js';
import { derive, type Dataset } from '../dataset/index.js';
import { optionsOf, required, seedNumber, wholeNumber } from '../options.js';
import { createRandom } from '../random.js';

/** The changed copies of a film that its prediction is averaged over; which changes is as in {@link augmentDataset}. */
export interface TestTimeAugmentationOptions extends AugmentOptions {
  /** An integer; with it the views are always the same. */
  readonly seed: number;
  /** Copies of each film, beside itself. */
  readonly views: number;
}

export const testTimeAugmentationOptions = optionsOf<TestTimeAugmentationOptions, typeof augmentDefaults>(
  'augment',
  { seed: required(seedNumber), views: required(wholeNumber(1)), ...augmentRules },
  augmentDefaults,
);

/**
 * Each sample followed by its views. What a view looks like depends on the seed, the sample's id and the view's number,
 * and on nothing else.
 *
 * @param options checked.
 */
export function withViews(dataset: Dataset, options: TestTimeAugmentationOptions): Dataset {
  const { seed, views, ...pipeline } = options;
  const random = createRandom(seed, 'views');
  return dataset.flatMap((sample) => [
    sample,
    ...Array.from({ length: views }, (_, view) =>
      derive(sample, {}, (image) => applyAugmentation(image, drawAugmentation(random.fork(sample.id, view), pipeline))),
    ),
  ]);
}
