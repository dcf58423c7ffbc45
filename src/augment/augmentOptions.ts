import { either, numberFrom, oneOf, optionsOf, record, type OptionTable, type Rule, type Rules } from '../options.js';

/** Options of a transform that has nothing but a chance of happening. */
export interface FlipOptions {
  /** Chance that it happens, 0 … 1. */
  readonly probability?: number;
}

/** Options of `shiftScaleRotate.draw`. */
export interface ShiftScaleRotateOptions {
  /** Chance that it happens, 0 … 1. Default 0.45. */
  readonly probability?: number;
  /** The angle is uniform in ± this many degrees. Default 45. */
  readonly angleLimit?: number;
  /** The scale is uniform in 1 ± this. Default 0.1; below 1. */
  readonly scaleLimit?: number;
  /** Each shift is uniform in ± this fraction of width and height. Default 0.0625. */
  readonly shiftLimit?: number;
}

/** Options of `brightnessContrast.draw`. */
export interface BrightnessContrastOptions {
  /** Chance that it happens, 0 … 1. Default 0.2. */
  readonly probability?: number;
  /** r_b is uniform in ± this. Default 0.2. */
  readonly brightnessLimit?: number;
  /** r_c is uniform in ± this. Default 0.2. */
  readonly contrastLimit?: number;
  /**
   * What r_b and r_c mean. 'albumentations' (default): (1 + r_c)·I + r_b, what the library that the paper names
   * computes. 'paper': formula 7 as printed, I + r_b·I·r_c, a gain of 1 ± 0.04 at the default limits.
   */
  readonly formula?: 'albumentations' | 'paper';
}

/** Options of the whole pipeline; `false` leaves a transform out. */
export interface AugmentOptions {
  readonly transpose?: FlipOptions | false;
  readonly shiftScaleRotate?: ShiftScaleRotateOptions | false;
  readonly horizontalFlip?: FlipOptions | false;
  readonly verticalFlip?: FlipOptions | false;
  readonly brightnessContrast?: BrightnessContrastOptions | false;
}

/**
 * Step 3 of the paper, in its order. Limits and chances that it does not print (the chance of transposing, the limits
 * of scale, shift, brightness and contrast) are albumentations 1.3's.
 */
export const augmentDefaults = {
  transpose: { probability: 0.5 },
  shiftScaleRotate: { probability: 0.45, angleLimit: 45, scaleLimit: 0.1, shiftLimit: 0.0625 },
  horizontalFlip: { probability: 0.5 },
  verticalFlip: { probability: 0.5 },
  brightnessContrast: { probability: 0.2, brightnessLimit: 0.2, contrastLimit: 0.2, formula: 'albumentations' },
} as const satisfies Required<AugmentOptions>;

const chance = numberFrom(0, 1);

export const transposeOptions = flipOptions('transpose');
export const horizontalFlipOptions = flipOptions('horizontalFlip');
export const verticalFlipOptions = flipOptions('verticalFlip');

export const shiftScaleRotateOptions = optionsOf<ShiftScaleRotateOptions, typeof augmentDefaults.shiftScaleRotate>(
  'shiftScaleRotate',
  {
    probability: chance,
    angleLimit: numberFrom(0, 180),
    scaleLimit: numberFrom(0, 0.99),
    shiftLimit: numberFrom(0, 1),
  },
  augmentDefaults.shiftScaleRotate,
);

export const brightnessContrastOptions = optionsOf<
  BrightnessContrastOptions,
  typeof augmentDefaults.brightnessContrast
>(
  'brightnessContrast',
  {
    probability: chance,
    brightnessLimit: numberFrom(0, 1),
    contrastLimit: numberFrom(0, 1),
    formula: oneOf('albumentations', 'paper'),
  },
  augmentDefaults.brightnessContrast,
);

/** What each function that augments checks of the pipeline's options. */
export const augmentRules: Rules<AugmentOptions> = {
  transpose: orFalse(transposeOptions),
  shiftScaleRotate: orFalse(shiftScaleRotateOptions),
  horizontalFlip: orFalse(horizontalFlipOptions),
  verticalFlip: orFalse(verticalFlipOptions),
  brightnessContrast: orFalse(brightnessContrastOptions),
};

/* @__NO_SIDE_EFFECTS__ */
function flipOptions<Name extends 'transpose' | 'horizontalFlip' | 'verticalFlip'>(name: Name) {
  return optionsOf<FlipOptions, (typeof augmentDefaults)[Name]>(name, { probability: chance }, augmentDefaults[name]);
}

/* @__NO_SIDE_EFFECTS__ */
function orFalse<Options extends object>(table: OptionTable<Options, object>): Rule<Options | false> {
  return either(record(table), oneOf(false));
}
