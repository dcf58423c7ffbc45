import type { NdArray } from 'ndarray';

/**
 * Copies an image [h, w, c], a strided view or not, row-major into `target` from `start`.
 *
 * @returns whether every pixel is finite.
 */
export function copyPixels(image: NdArray<Float32Array>, target: Float32Array, start: number): boolean {
  const [height, width, channels] = image.shape as [number, number, number];
  const [rowStride, columnStride, channelStride] = image.stride as [number, number, number];
  const { data, offset } = image;
  const size = height * width * channels;

  if (channelStride === 1 && columnStride === channels && rowStride === width * channels) {
    target.set(data.subarray(offset, offset + size), start);
  } else {
    let to = start;
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        let from = offset + row * rowStride + column * columnStride;
        for (let channel = 0; channel < channels; channel++, from += channelStride) target[to++] = data[from] as number;
      }
    }
  }

  // 0 · x is 0 for every finite x and NaN otherwise: a loop without branches.
  let zero = 0;
  for (let index = start; index < start + size; index++) zero += 0 * (target[index] as number);
  return zero === 0;
}
