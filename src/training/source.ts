import * as tf from '@tensorflow/tfjs-core';
import { batches, type Dataset } from '../dataset/index.js';
import type { OnProgress } from '../progress.js';
import { runFrozen, type Values } from './execute.js';
import type { Step } from './graph.js';
import type { Mixture } from './mixture.js';

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
export function imageSource(dataset: Dataset, { input, classes, batchSize, imageShape, signal }: ImageSourceOptions): ValueSource {
  return {
    size: dataset.length,
    async *batches(order, epoch) {
      const ordered = order.map((index) => dataset[index] as Dataset[number]);
      for await (const { images, labels } of batches(ordered, { batchSize, classes, epoch, imageShape, ...(signal && { signal }) })) {
        yield { values: new Map([[input, tf.tensor4d(images.data, images.shape as [number, number, number, number])]]), labels };
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
        const results = disposing(values, () => runFrozen(steps, values, wanted));
        yield { values: new Map(wanted.map((value, index) => [value, results[index] as tf.Tensor])), ...samples };
      }
    },
  };
}

/** Reads another source once, keeps its values in memory, and gives them in any order from then on. */
export async function rememberedSource(source: ValueSource, batchSize: number, signal: AbortSignal | undefined, onProgress: OnProgress): Promise<ValueSource> {
  const labels = new Int32Array(source.size);
  const stored = new Map<number, Rows>();
  let done = 0;
  for await (const batch of source.batches([...Array(source.size).keys()], 0)) {
    try {
      for (const [value, tensor] of batch.values) {
        const size = tensor.size / batch.labels.length;
        const { rows } = stored.get(value) ?? { rows: new Float32Array(size * source.size) };
        rows.set((await tensor.data()) as Float32Array, done * size);
        stored.set(value, { shape: tensor.shape.slice(1), rows });
      }
    } finally {
      disposeValues(batch.values);
    }
    labels.set(batch.labels, done);
    done += batch.labels.length;
    onProgress({ done, total: source.size });
  }

  return {
    size: source.size,
    async *batches(order) {
      for (let start = 0; start < order.length; start += batchSize) {
        signal?.throwIfAborted();
        const chosen = order.slice(start, start + batchSize);
        yield {
          values: new Map([...stored].map(([value, rows]) => [value, gather(rows, chosen)])),
          labels: Int32Array.from(chosen, (index) => labels[index] as number),
        };
      }
    },
  };
}

/** One value of every sample. */
interface Rows {
  readonly shape: number[];
  readonly rows: Float32Array;
}

function gather({ shape, rows }: Rows, chosen: readonly number[]): tf.Tensor {
  const size = shape.reduce((product, side) => product * side, 1);
  const values = new Float32Array(chosen.length * size);
  chosen.forEach((index, row) => values.set(rows.subarray(index * size, (index + 1) * size), row * size));
  return tf.tensor(values, [chosen.length, ...shape]);
}

/** Runs `work` in a tidy scope and disposes the batch's values, whatever happens. */
export function disposing<T extends tf.Tensor[]>(values: Values, work: () => T): T {
  try {
    return tf.tidy(work);
  } finally {
    disposeValues(values);
  }
}

function disposeValues(values: Values): void {
  for (const tensor of values.values()) tensor.dispose();
}
