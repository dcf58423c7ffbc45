export { applyAugmentation, augment, drawAugmentation, type Augmentation } from './augment.js';
export { augmentDataset, augmentDatasetDefaults, type AugmentDatasetOptions } from './augmentDataset.js';
export { brightnessContrast, type BrightnessContrastParams } from './brightnessContrast.js';
export {
  augmentDefaults,
  type AugmentOptions,
  type BrightnessContrastOptions,
  type FlipOptions,
  type ShiftScaleRotateOptions,
} from './defaults.js';
export { horizontalFlip, transpose, verticalFlip, type Flip, type FlipParams } from './flips.js';
export { refuseUnknownAugmentOptions } from './optionNames.js';
export { shiftScaleRotate, type ShiftScaleRotateParams } from './shiftScaleRotate.js';
export type { AugmentTransform } from './transform.js';
