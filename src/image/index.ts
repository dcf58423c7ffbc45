export { ndarrayOf, rowMajor, type NumberArray } from '../ndarray.js';
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
export { imageFromBrowser, type BrowserImage } from './browser.js';
export { imageFromTensor, imageToTensor, imagesToTensor } from './tensor.js';
export {
  containedSize,
  imageSizeRule,
  pad,
  resize,
  resizeDefaults,
  resizeFitRule,
  type ResizeFit,
  type ResizeOptions,
  type ImageSize,
} from './resize.js';
export { toChannels } from './channels.js';
export { checkFinitePixels, firstNonFinite, intensityRange, minMaxScale, type IntensityRange } from './intensity.js';
