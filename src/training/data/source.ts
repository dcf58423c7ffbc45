import * as tf from '@tensorflow/tfjs-core';
import { onLiveBackend } from '../../backend/index.js';
import { batches, type Dataset } from '../../dataset/index.js';
import { infer, type Step, type Values } from '../../network/index.js';

/** Values of a graph for the samples of a batch. They are the receiver's to dispose. */
export interface ValueBatch {
  readonly values: Values;
  /** Positions of the samples in their data set. */
  readonly samples: readonly number[];
  /** What samples that vary by epoch were read for. */
  readonly epoch: number;
  /** What the samples were mixed with; absent where they are as they were read. */
  readonly mixture?: Mixture;
}

/** What the samples of a batch were mixed with. */
export interface Mixture {
  /** The other sample's place in the batch. */
  readonly partners: Int32Array;
  /** The share of the sample itself, 0 … 1. */
  readonly shares: Float32Array;
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
  readonly batchSize: number;
  readonly imageShape: readonly [number, number, number];
  readonly signal: AbortSignal | undefined;
}

/** Reads the images of a data set, ahead of their use. */
export function imageSource(
  dataset: Dataset,
  { input, batchSize, imageShape, signal }: ImageSourceOptions,
): ValueSource {
  return {
    size: dataset.length,
    async *batches(order, epoch) {
      const ordered = order.map((index) => dataset[index]!);
      for await (const { images, indices } of batches(ordered, {
        batchSize,
        epoch,
        imageShape,
        ...(signal && { signal }),
      })) {
        yield {
          values: new Map([[input, tf.tensor4d(images.data, images.shape as [number, number, number, number])]]),
          samples: Array.from(indices, (index) => order[index]!),
          epoch,
        };
      }
    },
  };
}

/** Runs steps of a plan's prefix on each batch of another source and gives the values wanted of them. */
export function prefixSource(source: ValueSource, steps: readonly Step[], wanted: readonly number[]): ValueSource {
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
 * Runs `work` in a tidy scope and disposes the batch's values, whatever happens. The tensors that it gives are the
 * caller's.
 *
 * @throws SpineError `backend-lost` if the backend was lost before or meanwhile: tfjs's own error would name something
 *   else.
 */
export async function disposing<T extends object>(values: Values, work: () => T): Promise<T> {
  let results: tf.TensorContainer | undefined;
  try {
    await onLiveBackend(() => void (results = tf.tidy(work as () => tf.TensorContainer)));
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
