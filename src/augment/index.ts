export {
  augmentDefaults,
  type AugmentOptions,
  type BrightnessContrastOptions,
  type FlipOptions,
  type ShiftScaleRotateOptions,
} from './defaults.js';
export type { Transform } from './transform.js';
export { horizontalFlip, transpose, verticalFlip, type Flip, type FlipParams } from './flips.js';
export { shiftScaleRotate, type ShiftScaleRotateParams } from './shift-scale-rotate.js';
export { brightnessContrast, type BrightnessContrastParams } from './brightness-contrast.js';
export { applyAugmentation, augment, drawAugmentation, type Augmentation } from './augment.js';
export { augmentDataset, augmentDatasetDefaults, type AugmentDatasetOptions } from './augment-dataset.js';
