import * as tf from '@tensorflow/tfjs-core';
import { SpineError } from '../errors.js';
import { checkImage, copyPixels, toFloat32, type Image } from '../image/index.js';
import { ndarrayOf } from '../ndarray.js';

/**
 * Reads a tensor [height, width, channels] into an image of 32-bit reals of the same values, whatever its type. The
 * tensor is not disposed.
 *
 * @throws SpineError `image-shape` unless it is three-dimensional with 1 or 3 channels.
 */
export async function imageFromTensor(tensor: tf.Tensor3D): Promise<Image> {
  const shape = [...tensor.shape];
  if (shape.length !== 3) {
    throw new SpineError(
      'image-shape',
      `An image tensor is [height, width, channels], got [${shape.join(', ')}]. Take one image of a batch.`,
    );
  }
  const values = await tensor.data();
  const image: Image = ndarrayOf(new Float32Array(values), shape);
  checkImage(image);
  return image;
}

/**
 * A float32 tensor [height, width, channels] of the same values. The caller disposes it.
 *
 * @throws SpineError `image-shape` if it is not an image.
 */
export function imageToTensor(image: Image): tf.Tensor3D {
  checkImage(image);
  return tf.tensor3d(toFloat32(image), image.shape as [number, number, number], 'float32');
}

/**
 * A float32 tensor [n, height, width, channels] of images of one shape, in order. The caller disposes it.
 *
 * @throws SpineError `image-shape` if one is not an image or differs in shape from the first; `invalid-argument` for an
 *   empty list.
 */
export function imagesToTensor(images: readonly Image[]): tf.Tensor4D {
  const [first] = images;
  if (first === undefined) throw new SpineError('invalid-argument', 'A batch needs at least one image, got none.');
  checkImage(first);
  const [height, width, channels] = first.shape as [number, number, number];
  images.forEach((image, index) => {
    checkImage(image);
    if (image.shape.some((length, axis) => length !== first.shape[axis])) {
      throw new SpineError(
        'image-shape',
        `Images of one batch have one shape: the first is [${first.shape.join(', ')}], number ${index} is [${image.shape.join(', ')}]. Preprocess them to one size.`,
      );
    }
  });
  const pixels = new Float32Array(images.length * first.size);
  images.forEach((image, index) => copyPixels(image, pixels, index * first.size));
  return tf.tensor4d(pixels, [images.length, height, width, channels], 'float32');
}
