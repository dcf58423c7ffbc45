import * as tf from '@tensorflow/tfjs-core';
import { onLiveBackend } from '../backend/index.js';
import { batches, type Dataset } from '../dataset/index.js';
import type { OnProgress } from '../progress.js';

/** What a model gives for the samples of one batch. */
export interface BatchOutput {
  /** Sample ids, in the order of the rows. */
  readonly ids: readonly string[];
  /** The shape of one sample's output. */
  readonly shape: readonly number[];
  /** The outputs one after the other, each in row-major order. */
  readonly values: Float32Array;
}

/** How {@link modelOutputs} goes through a data set. */
export interface PassOptions {
  readonly batchSize: number;
  /** [height, width, channels] of every image. */
  readonly imageShape: readonly [height: number, width: number, channels: number];
  /** Films that progress counts, where each is shown in several views. Default: the samples. */
  readonly films?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}

/**
 * The one loop in which a model sees a data set without being trained: batch after batch in order, on a backend that is
 * held to be alive, with progress told and the signal heeded once the caller has dealt with a batch. No tensor is left.
 *
 * @param run gives [n, …] of images [n, height, width, channels]; it runs inside `tf.tidy`.
 * @throws SpineError `backend-lost`; what {@link batches} throws for a bad sample.
 */
export async function* modelOutputs(
  dataset: Dataset,
  run: (images: tf.Tensor4D) => tf.Tensor,
  options: PassOptions,
): AsyncGenerator<BatchOutput, void, undefined> {
  const { batchSize, imageShape, films = dataset.length, signal, onProgress } = options;
  const views = dataset.length / films;
  let done = 0;
  for await (const { images, ids } of batches(dataset, { batchSize, imageShape, ...(signal && { signal }) })) {
    yield await onLiveBackend(async () => {
      const output = tf.tidy(() => run(tf.tensor4d(images.data, images.shape as [number, number, number, number])));
      try {
        return { ids, shape: output.shape.slice(1), values: (await output.data()) as Float32Array };
      } finally {
        output.dispose();
      }
    });
    done += ids.length;
    onProgress?.({ done: Math.floor(done / views), total: films });
    signal?.throwIfAborted();
  }
}
