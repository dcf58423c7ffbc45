import type { NdArray } from 'ndarray';

/** The element types an image may have: 8 bit, 16 bit, or real. */
export type PixelArray = Uint8Array | Uint16Array | Float32Array;

/**
 * An image as it was read: [height, width, channels], 1 channel (grey) or 3 (RGB), at the file's own depth and range
 * (bytes 0–255, words 0–65535, reals as given; {@link preprocess} gives reals in [0, 1]). May be a strided view.
 */
export type Image = NdArray<PixelArray>;
