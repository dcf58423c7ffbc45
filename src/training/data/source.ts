import * as tf from '@tensorflow/tfjs-core';
import { onLiveBackend } from '../../backend/index.js';
import { batches, type Dataset } from '../../dataset/index.js';
import { infer, type Step, type Values } from '../../network/index.js';
import type { Mixture } from '../objective/index.js';

/** Values of a graph for the samples of a batch. Whoever receives it disposes them. */
export interface ValueBatch {
  readonly values: Values;
  readonly labels: Int32Array;
  /** What the samples were mixed with; absent where they are as they were read. */
  readonly mixture?: Mixture;
}

/** Where a part of a network gets its batches from. */
export interface ValueSource {
  /** How many samples there are. */
  readonly size: number;
  /** The samples at `order`, in batches; read for `epoch` where samples depend on it. */
  batches(order: readonly number[], epoch: number): AsyncGenerator<ValueBatch, void, undefined>;
}

export interface ImageSourceOptions {
  /** The value that holds the images. */
  readonly input: number;
  readonly classes: readonly string[];
  readonly batchSize: number;
  readonly imageShape: readonly [number, number, number];
  readonly signal: AbortSignal | undefined;
}

/** Reads the images of a data set, ahead of their use. */
export function imageSource(
  dataset: Dataset,
  { input, classes, batchSize, imageShape, signal }: ImageSourceOptions,
): ValueSource {
  return {
    size: dataset.length,
    async *batches(order, epoch) {
      const ordered = order.map((index) => dataset[index]!);
      for await (const { images, labels } of batches(ordered, {
        batchSize,
        classes,
        epoch,
        imageShape,
        ...(signal && { signal }),
      })) {
        yield {
          values: new Map([[input, tf.tensor4d(images.data, images.shape as [number, number, number, number])]]),
          labels,
        };
      }
    },
  };
}

/** Runs frozen steps on each batch of another source and gives the values wanted of them. */
export function frozenSource(source: ValueSource, steps: readonly Step[], wanted: readonly number[]): ValueSource {
  return {
    size: source.size,
    async *batches(order, epoch) {
      for await (const { values, ...samples } of source.batches(order, epoch)) {
        const results = await disposing(values, () => infer(steps, values, wanted));
        yield { values: new Map(wanted.map((value, index) => [value, results[index]!])), ...samples };
      }
    },
  };
}

/**
 * Runs `work` in a tidy scope and disposes the batch's values, whatever happens.
 *
 * @throws SpineError `backend-lost` if the backend was lost before or meanwhile: tfjs's own error would name something else.
 */
export async function disposing<T extends tf.Tensor[]>(values: Values, work: () => T): Promise<T> {
  let results: T | undefined;
  try {
    await onLiveBackend(() => void (results = tf.tidy(work)));
    return results as unknown as T;
  } catch (error) {
    if (results) tf.dispose(results);
    throw error;
  } finally {
    disposeValues(values);
  }
}

export function disposeValues(values: Values): void {
  for (const tensor of values.values()) tensor.dispose();
}
