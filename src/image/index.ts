export { imageFromBrowser, type BrowserImage } from './browser.js';
export type { Box } from './box.js';
export type { Image, PixelArray } from './image.js';
export { checkFinitePixels, firstNonFinite, intensityRange, minMaxScale, type IntensityRange } from './intensity.js';
export {
  checkImage,
  copyPixels,
  imageFromPixels,
  pixelsLike,
  shapeOf,
  strideOf,
  toFloat32,
  whiteOf,
  type PixelLayout,
} from './pixels.js';
export {
  containedSize,
  imageSizeRule,
  pad,
  resize,
  resizeDefaults,
  resizeFitRule,
  type ImageSize,
  type ResizeFit,
  type ResizeOptions,
} from './resize.js';
export { toChannels } from './toChannels.js';
