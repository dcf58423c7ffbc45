export { array, rowMajor, type NumberArray } from '../ndarray.js';
export type { Image, PixelArray } from './image.js';
export {
  checkImage,
  copyPixels,
  imageFromPixels,
  isContiguous,
  pixelsLike,
  shapeOf,
  strideOf,
  toFloat32,
  whiteOf,
  type PixelLayout,
} from './pixels.js';
export { imageFrom, type BrowserImage } from './browser.js';
export { imageFromTensor, imageToTensor, imagesToTensor } from './tensor.js';
export {
  checkFit,
  checkSize,
  containedSize,
  pad,
  resize,
  resizeDefaults,
  type Fit,
  type ResizeOptions,
  type Size,
} from './resize.js';
export { toChannels } from './channels.js';
export { checkFinite, firstNonFinite, intensityRange, minMax, type IntensityRange } from './intensity.js';
