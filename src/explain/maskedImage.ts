import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core';
import type { NdArray } from 'ndarray';
import { SpineError } from '../errors.js';
import type { ImageShape } from './partition.js';
import type { PredictFn } from './predictor.js';
import { paint, type Region } from './region.js';

/**
 * An image and its background on the device, and the outputs with any region of the image kept. What travels to the
 * device for an evaluation is one byte per scalar. Call {@link dispose} at the end.
 */
export class MaskedImage {
  private readonly shape: ImageShape;
  private readonly image: Tensor4D;
  private readonly background: Tensor4D;
  private readonly predict: PredictFn;
  private readonly outputCount: number | undefined;

  /** @param outputCount how many outputs `predict` is known to have. */
  constructor(
    image: NdArray<Float32Array>,
    background: NdArray<Float32Array>,
    predict: PredictFn,
    outputCount: number | undefined,
  ) {
    this.shape = image.shape as unknown as ImageShape;
    this.image = tf.tensor4d(image.data, [1, ...this.shape]);
    this.background = tf.tensor4d(background.data, [1, ...this.shape]);
    this.predict = predict;
    this.outputCount = outputCount;
  }

  /**
   * Outputs [k] of the image with each region kept and the rest of it masked.
   *
   * @throws SpineError `prediction-invalid` if they are not [n, k] or not finite.
   */
  async evaluate(regions: readonly Region[]): Promise<Float64Array[]> {
    const images = this.compose(regions);
    let outputs: unknown;
    try {
      outputs = await this.predict(images);
      return await readRows(outputs, regions.length, this.outputCount);
    } finally {
      images.dispose();
      if (isTensor(outputs)) outputs.dispose();
    }
  }

  dispose(): void {
    this.image.dispose();
    this.background.dispose();
  }

  /** Kept scalars are the image's, bit by bit: they are selected, not computed. */
  private compose(regions: readonly Region[]): Tensor4D {
    const { shape, image, background } = this;
    return tf.tidy(() => {
      // Image by image, since a selection that broadcasts is forty times slower on the wasm and cpu backends.
      const masked = regions.map((kept) => {
        const mask = tf.tensor4d(paint(kept, shape), [1, ...shape], 'bool');
        return tf.where(mask, image, background);
      });
      return masked.length === 1 ? masked[0]! : tf.concat(masked);
    });
  }
}

/** Reads the outputs [images, k], each row a copy in double precision. */
async function readRows(outputs: unknown, images: number, outputCount: number | undefined): Promise<Float64Array[]> {
  if (!isTensor(outputs) || outputs.shape.length !== 2 || outputs.shape[0] !== images || outputs.shape[1] === 0) {
    throw unexpectedShape(outputs, `[${images}, k]`);
  }
  const count = outputs.shape[1];
  if (outputCount !== undefined && count !== outputCount) throw unexpectedShape(outputs, `[${images}, ${outputCount}]`);
  const numbers = await outputs.data();
  return Array.from({ length: images }, (_, row) => {
    const outputsOfImage = Float64Array.from(numbers.subarray(row * count, (row + 1) * count));
    if (!outputsOfImage.every(Number.isFinite)) {
      throw new SpineError(
        'prediction-invalid',
        `The outputs of a masked image are ${outputsOfImage.join(', ')}. Check the range of the image and the weights of the model.`,
      );
    }
    return outputsOfImage;
  });
}

function unexpectedShape(outputs: unknown, expected: string): SpineError {
  const given = isTensor(outputs) ? `a tensor [${outputs.shape.join(', ')}]` : typeof outputs;
  return new SpineError(
    'prediction-invalid',
    `Predicting must give a tensor ${expected}, a row for each image; it gave ${given}.`,
  );
}

function isTensor(value: unknown): value is Tensor {
  return value instanceof tf.Tensor;
}
