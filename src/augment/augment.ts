import type { Image } from '../image/index.js';
import { isPlainObject } from '../arguments.js';
import { either, finiteNumber, oneOf, optionsOf, record, required, seedNumber, type Rule } from '../options.js';
import { createRandom, type Random } from '../random.js';
import { brightnessContrast, type BrightnessContrastParams } from './brightnessContrast.js';
import { augmentDefaults, augmentRules, type AugmentOptions } from './augmentOptions.js';
import { horizontalFlip, transpose, verticalFlip, type FlipParams } from './flips.js';
import { shiftScaleRotate, type ShiftScaleRotateParams } from './shiftScaleRotate.js';
import type { AugmentTransform } from './transform.js';

/** One draw of the pipeline, as plain data: what each transform is to do, `null` where nothing. */
export interface Augmentation {
  readonly transpose: FlipParams | null;
  readonly shiftScaleRotate: ShiftScaleRotateParams | null;
  readonly horizontalFlip: FlipParams | null;
  readonly verticalFlip: FlipParams | null;
  readonly brightnessContrast: BrightnessContrastParams | null;
}

export const drawAugmentationOptions = optionsOf<AugmentOptions, typeof augmentDefaults>(
  'drawAugmentation',
  augmentRules,
  augmentDefaults,
);

/** The options of {@link augment}. */
type SeededOptions = AugmentOptions & { readonly seed: number };

export const augmentOptions = optionsOf<SeededOptions, typeof augmentDefaults>(
  'augment',
  { seed: required(seedNumber), ...augmentRules },
  augmentDefaults,
);

/**
 * Draws what the pipeline is to do, in the paper's order: for each transform whether it happens, then its parameters.
 *
 * @throws SpineError `invalid-argument` for an impossible option.
 */
export function drawAugmentation(random: Random, options: AugmentOptions = {}): Augmentation {
  const settings = drawAugmentationOptions.check(options);
  const draw = <Options, Params>(
    transform: Pick<AugmentTransform<Options, Params>, 'draw'>,
    given: Options | false,
  ): Params | null => (given === false ? null : transform.draw(random, given));
  return {
    transpose: draw(transpose, settings.transpose),
    shiftScaleRotate: draw(shiftScaleRotate, settings.shiftScaleRotate),
    horizontalFlip: draw(horizontalFlip, settings.horizontalFlip),
    verticalFlip: draw(verticalFlip, settings.verticalFlip),
    brightnessContrast: draw(brightnessContrast, settings.brightnessContrast),
  };
}

const notDrawn = oneOf(null);

const flipDraw: Rule<FlipParams | null> = {
  expects: 'null, or {} where it was drawn',
  accepts: (given) => given === null || (isPlainObject(given) && Object.keys(given).length === 0),
};

export const shiftScaleRotateParams = optionsOf<ShiftScaleRotateParams>('shiftScaleRotate', {
  angle: required(finiteNumber),
  scale: required(finiteNumber),
  dx: required(finiteNumber),
  dy: required(finiteNumber),
});

export const brightnessContrastParams = optionsOf<BrightnessContrastParams>('brightnessContrast', {
  alpha: required(finiteNumber),
  beta: required(finiteNumber),
});

export const augmentationDraw = optionsOf<Augmentation>('applyAugmentation', {
  transpose: required(flipDraw),
  shiftScaleRotate: required(either(notDrawn, record(shiftScaleRotateParams))),
  horizontalFlip: required(flipDraw),
  verticalFlip: required(flipDraw),
  brightnessContrast: required(either(notDrawn, record(brightnessContrastParams))),
});

/**
 * Applies a draw. The image is not changed; where nothing but flips was drawn, the result is a view of it.
 *
 * @param draw as {@link drawAugmentation} gives it, or such data of your own.
 * @throws SpineError `invalid-argument` for what is no draw; `image-shape` if it is not an image; `image-values` if
 *   brightness was drawn and real pixels lie outside [0, 1].
 */
export function applyAugmentation(image: Image, draw: Augmentation): Image {
  augmentationDraw.check(draw, 'draw');
  const transposed = transpose.apply(image, draw.transpose);
  const warped = shiftScaleRotate.apply(transposed, draw.shiftScaleRotate);
  const mirrored = horizontalFlip.apply(warped, draw.horizontalFlip);
  const flipped = verticalFlip.apply(mirrored, draw.verticalFlip);
  return brightnessContrast.apply(flipped, draw.brightnessContrast);
}

/**
 * One random copy of an image (step 3 of the paper, formulas 3–7): transpose, shift–scale–rotate, horizontal flip,
 * vertical flip, brightness–contrast, with the chances and limits of {@link augmentDefaults}. The same seed gives the
 * same copy. Bytes, words and reals in [0, 1] keep their type; an image that is not square may swap height and width.
 *
 * @throws SpineError `invalid-argument` without a seed or for an impossible option; `image-shape` if the image is
 *   none; `image-values` if brightness was drawn and real pixels lie outside [0, 1].
 */
export function augment(image: Image, options: AugmentOptions & { readonly seed: number }): Image {
  const { seed, ...pipeline } = augmentOptions.check(options);
  return applyAugmentation(image, drawAugmentation(createRandom(seed, 'augment'), pipeline));
}
