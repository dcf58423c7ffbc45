import * as tf from '@tensorflow/tfjs-core';

/** The attributes that tfjs passes to the gradient kernels of resizing; never both. */
interface ResizeAttributes {
  readonly alignCorners: boolean;
  readonly halfPixelCenters: boolean;
}

/**
 * What a resized image takes along an axis for one of its rows or columns: indices into the image, and their shares.
 */
type Sources = readonly (readonly [index: number, share: number])[];

type Method = (length: number, resized: number, attributes: ResizeAttributes) => readonly Sources[];

const nearest: Method = (length, resized, attributes) => {
  const step = stepOf(length, resized, attributes);
  const { alignCorners, halfPixelCenters } = attributes;
  return Array.from({ length: resized }, (_, index) => {
    const position = step * (halfPixelCenters ? index + 0.5 : index);
    return [[Math.min(length - 1, alignCorners ? Math.round(position) : Math.floor(position)), 1]];
  });
};

const bilinear: Method = (length, resized, attributes) => {
  const step = stepOf(length, resized, attributes);
  return Array.from({ length: resized }, (_, index) => {
    const position = attributes.halfPixelCenters ? step * (index + 0.5) - 0.5 : step * index;
    const [before, after] = [Math.max(0, Math.floor(position)), Math.min(length - 1, Math.ceil(position))];
    return [
      [before, 1 - (position - before)],
      [after, position - before],
    ];
  });
};

/** How far apart neighbours of the resized image lie in the image. */
function stepOf(length: number, resized: number, { alignCorners }: ResizeAttributes): number {
  return alignCorners && resized > 1 ? (length - 1) / (resized - 1) : length / resized;
}

/** dL/dimage of a resizing: what each number of the result took from the image goes back there, by its share. */
function resizeGradient(
  images: tf.Tensor4D,
  dy: tf.Tensor4D,
  method: Method,
  attributes: ResizeAttributes,
): tf.Tensor4D {
  const [samples, height, width, channels] = images.shape;
  const rows = method(height, dy.shape[1], attributes);
  const columns = method(width, dy.shape[2], attributes);
  const above = dy.dataSync();
  const gradient = new Float32Array(images.size);
  let from = 0;
  for (let sample = 0; sample < samples; sample++) {
    for (const row of rows) {
      for (const column of columns) {
        for (const [y, rowShare] of row) {
          for (const [x, columnShare] of column) {
            const to = ((sample * height + y) * width + x) * channels;
            const share = rowShare * columnShare;
            for (let channel = 0; channel < channels; channel++) {
              gradient[to + channel] = gradient[to + channel]! + share * above[from + channel]!;
            }
          }
        }
        from += channels;
      }
    }
  }
  return tf.tensor4d(gradient, images.shape);
}

function kernel(method: Method, isRight: (attributes: ResizeAttributes) => boolean) {
  return (existing: tf.KernelFunc): tf.KernelFunc =>
    (call) => {
      const { images, dy } = call.inputs as unknown as Readonly<Record<'images' | 'dy', tf.Tensor4D>>;
      const attributes = call.attrs as unknown as ResizeAttributes;
      return isRight(attributes) ? existing(call) : resizeGradient(images, dy, method, attributes);
    };
}

/** In place of the cpu backend's: they read the gradients of other samples, and exchange height and width. */
export const cpuResizeGradients = {
  ResizeNearestNeighborGrad: kernel(nearest, () => false),
  ResizeBilinearGrad: kernel(bilinear, () => false),
};

/**
 * In place of the wasm backend's, which know nothing of pixels' centres, nor of the corners of an image of one pixel.
 */
export const wasmResizeGradients = {
  ResizeNearestNeighborGrad: kernel(
    nearest,
    ({ alignCorners, halfPixelCenters }) => !alignCorners && !halfPixelCenters,
  ),
  ResizeBilinearGrad: kernel(bilinear, ({ halfPixelCenters }) => !halfPixelCenters),
};
