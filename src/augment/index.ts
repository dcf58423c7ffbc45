export { applyAugmentation, augment, drawAugmentation, type Augmentation } from './augment.js';
export { augmentDataset, augmentDatasetDefaults, type AugmentDatasetOptions } from './augmentDataset.js';
export { brightnessContrast, type BrightnessContrastParams } from './brightnessContrast.js';
export {
  augmentDefaults,
  augmentRules,
  type AugmentOptions,
  type BrightnessContrastOptions,
  type FlipOptions,
  type ShiftScaleRotateOptions,
} from './augmentOptions.js';
export { horizontalFlip, transpose, verticalFlip, type Flip, type FlipParams } from './flips.js';
export { shiftScaleRotate, type ShiftScaleRotateParams } from './shiftScaleRotate.js';
export type { AugmentTransform } from './transform.js';
