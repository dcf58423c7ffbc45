import * as tf from '@tensorflow/tfjs-core';
import { batches, type Dataset } from '../dataset/index.js';
import type { OnProgress } from '../progress.js';
import { runFrozen, type Values } from './execute.js';
import type { Graph } from './graph.js';
import type { Plan } from './plan.js';

/** A batch as the trained part of the network takes it. */
export interface SuffixBatch {
  /** The values at the boundary. The receiver disposes them. */
  readonly given: Values;
  readonly labels: Int32Array;
}

/** Where the trained part of the network gets its batches from. */
export interface SuffixSource {
  readonly size: number;
  /** The samples at `order`, in batches; read for `epoch` where samples depend on it. */
  batches(order: readonly number[], epoch: number): AsyncGenerator<SuffixBatch, void, undefined>;
}

export interface SourceOptions {
  readonly graph: Graph;
  readonly plan: Plan;
  readonly classes: readonly string[];
  readonly batchSize: number;
  readonly imageShape: readonly [number, number, number];
  readonly signal: AbortSignal | undefined;
}

/** Reads images and runs the frozen prefix on them each time. */
export function imageSource(dataset: Dataset, options: SourceOptions): SuffixSource {
  const { graph, plan, classes, batchSize, imageShape, signal } = options;
  return {
    size: dataset.length,
    async *batches(order, epoch) {
      const ordered = order.map((index) => dataset[index] as Dataset[number]);
      const reading = batches(ordered, { batchSize, classes, epoch, imageShape, ...(signal && { signal }) });
      for await (const { images, labels } of reading) {
        const results = tf.tidy(() => {
          const input = tf.tensor4d(images.data, images.shape as [number, number, number, number]);
          return runFrozen(plan.prefix, new Map([[graph.input, input]]), plan.boundary);
        });
        yield { given: new Map(plan.boundary.map((value, index) => [value, results[index] as tf.Tensor])), labels };
      }
    },
  };
}

/** Runs the frozen prefix once per sample and keeps its results in memory. */
export async function cachedSource(dataset: Dataset, options: SourceOptions, onProgress?: OnProgress): Promise<SuffixSource> {
  const { plan, batchSize } = options;
  const everything = [...dataset.keys()];
  const labels = new Int32Array(dataset.length);
  const stored = new Map<number, { readonly shape: number[]; readonly rows: Float32Array }>();
  let done = 0;
  for await (const batch of imageSource(dataset, options).batches(everything, 0)) {
    try {
      for (const [value, tensor] of batch.given) {
        const shape = tensor.shape.slice(1);
        const size = tensor.size / batch.labels.length;
        const { rows } = stored.get(value) ?? { rows: new Float32Array(size * dataset.length) };
        rows.set((await tensor.data()) as Float32Array, done * size);
        stored.set(value, { shape, rows });
      }
    } finally {
      disposeValues(batch.given);
    }
    labels.set(batch.labels, done);
    done += batch.labels.length;
    onProgress?.({ done, total: dataset.length });
  }

  return {
    size: dataset.length,
    async *batches(order) {
      for (let start = 0; start < order.length; start += batchSize) {
        options.signal?.throwIfAborted();
        const chosen = order.slice(start, start + batchSize);
        const given = new Map(plan.boundary.map((value) => [value, gather(stored.get(value), chosen)]));
        yield { given, labels: Int32Array.from(chosen, (index) => labels[index] as number) };
      }
    },
  };
}

function gather(stored: { readonly shape: number[]; readonly rows: Float32Array } | undefined, chosen: readonly number[]): tf.Tensor {
  if (!stored) throw new Error('The frozen prefix left no result to gather.');
  const { shape, rows } = stored;
  const size = shape.reduce((product, side) => product * side, 1);
  const values = new Float32Array(chosen.length * size);
  chosen.forEach((index, row) => values.set(rows.subarray(index * size, (index + 1) * size), row * size));
  return tf.tensor(values, [chosen.length, ...shape]);
}

export function disposeValues(values: Values): void {
  for (const tensor of values.values()) tensor.dispose();
}

/** How many bytes {@link cachedSource} would keep for `samples` samples, or undefined where a shape is unknown. */
export function cacheBytes({ graph, plan, imageShape }: SourceOptions, samples: number): number | undefined {
  let floats = 0;
  for (const value of plan.boundary) {
    const layer = graph.steps.find(({ output }) => output === value)?.layer;
    const shape = value === graph.input ? imageShape : (layer?.inboundNodes[0]?.outputShapes[0] as (number | null)[] | undefined)?.slice(1);
    if (!shape?.every((side): side is number => side !== null)) return undefined;
    floats += shape.reduce((product, side) => product * side, 1);
  }
  return floats * Float32Array.BYTES_PER_ELEMENT * samples;
}
