export { array, type NumberArray } from './array.js';
export type { Image, PixelArray } from './image.js';
