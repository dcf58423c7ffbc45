import * as tf from '@tensorflow/tfjs-core';
import { onLiveBackend } from '../../backend/index.js';
import { letEventsHappen, handled } from '../../async.js';
import type { SampleRows } from './sampleRows.js';
import { disposeValues, type ValueBatch, type ValueSource } from './source.js';

export interface KeptSourceOptions {
  /** Where the values are kept, a row for each sample and view. */
  readonly rows: SampleRows;
  readonly batchSize: number;
  /** Whether a sample is another in each epoch. */
  readonly varies: (sample: number) => boolean;
  /** After so many epochs, samples that vary come again. */
  readonly views: number;
  readonly signal: AbortSignal | undefined;
  /** Told how many samples have been kept, and are to be, while values are first computed on the way. */
  readonly onProgress: (done: number, total: number) => void;
}

/** A source that computes each value once. */
export interface KeptSource extends ValueSource {
  /** How many samples are still to be computed for an epoch. */
  missing(epoch: number): number;
  /** Computes them, in the order of the samples: the same values whichever epoch asks first. */
  fill(epoch: number, onProgress: (done: number) => void): Promise<void>;
}

/** Batches read from the rows ahead of their use. */
const readAhead = 2;

/** Reads another source once for each sample and view, keeps its values, and gives them in any order from then on. */
export function keptSource(source: ValueSource, options: KeptSourceOptions): KeptSource {
  const { rows, batchSize, varies, views, signal } = options;
  const { size } = source;
  let layout: readonly Field[] = [];

  const viewOf = (epoch: number) => epoch % views;
  const rowOf = (sample: number, epoch: number) => (varies(sample) ? viewOf(epoch) : 0) * size + sample;
  const missingSamples = (epoch: number) => [...Array(size).keys()].filter((sample) => !rows.has(rowOf(sample, epoch)));

  /** Hands on the batches of samples that are not kept yet, and keeps them. */
  async function* compute(samples: readonly number[], epoch: number): AsyncGenerator<ValueBatch, void, undefined> {
    for await (const batch of source.batches(samples, viewOf(epoch))) {
      try {
        await keep(batch, epoch);
      } catch (error) {
        disposeValues(batch.values);
        throw error;
      }
      yield batch;
    }
  }

  async function keep(batch: ValueBatch, epoch: number): Promise<void> {
    const { samples } = batch;
    layout = layoutOf(batch);
    const length = rowLength(layout);
    const made = samples.map(() => new Float32Array(length));
    for (const { value, start, size: fieldSize } of layout) {
      const data = await onLiveBackend(async () => (await batch.values.get(value)!.data()) as Float32Array);
      made.forEach((row, index) => row.set(data.subarray(index * fieldSize, (index + 1) * fieldSize), start));
    }
    // When one fails the others must have ended, too: what they write later would be left behind.
    const puts = await Promise.allSettled(samples.map((sample, index) => rows.put(rowOf(sample, epoch), made[index]!)));
    const failed = puts.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
    if (failed) throw failed.reason;
  }

  async function fill(epoch: number, onProgress: (done: number) => void): Promise<void> {
    let done = 0;
    for await (const { values, samples } of compute(missingSamples(epoch), epoch)) {
      disposeValues(values);
      done += samples.length;
      onProgress(done);
    }
  }

  /** The values of some samples, one array of numbers for each field. */
  async function read(samples: readonly number[], epoch: number): Promise<Float32Array[]> {
    const fields = layout.map(({ size: fieldSize }) => new Float32Array(fieldSize * samples.length));
    const found = await Promise.all(samples.map((sample) => rows.get(rowOf(sample, epoch), rowLength(layout))));
    found.forEach((row, index) => {
      layout.forEach(({ start, size: fieldSize }, field) =>
        fields[field]?.set(row.subarray(start, start + fieldSize), index * fieldSize),
      );
    });
    return fields;
  }

  return {
    size,
    missing: (epoch) => missingSamples(epoch).length,
    fill,
    async *batches(order, epoch) {
      const missing = missingSamples(epoch);
      // A source that goes on from this one asks for just what is missing, and gets it as it is computed.
      if (
        missing.length > 0 &&
        missing.length === order.length &&
        missing.every((sample, index) => sample === order[index])
      ) {
        yield* compute(order, epoch);
        return;
      }
      if (missing.length > 0) await fill(epoch, (done) => options.onProgress(done, missing.length));

      const ahead: { readonly samples: readonly number[]; readonly fields: Promise<Float32Array[]> }[] = [];
      try {
        for (let start = 0, next = 0; start < order.length; start += batchSize) {
          for (; next < order.length && ahead.length <= readAhead; next += batchSize) {
            const samples = order.slice(next, next + batchSize);
            // One that fails before its turn is told when its turn comes, or never.
            ahead.push({ samples, fields: handled(read(samples, epoch)) });
          }
          await letEventsHappen();
          signal?.throwIfAborted();
          const { samples, fields } = ahead.shift()!;
          const data = await fields;
          yield {
            values: new Map(
              layout.map(({ value, shape }, field) => [value, tf.tensor(data[field]!, [samples.length, ...shape])]),
            ),
            samples,
            epoch: viewOf(epoch),
          };
        }
      } finally {
        // What was read in vain may fail without anybody noticing.
        await Promise.allSettled(ahead.map(({ fields }) => fields));
      }
    },
  };
}

/** Where a value lies in the row of a sample. */
interface Field {
  readonly value: number;
  /** Of one sample. */
  readonly shape: readonly number[];
  readonly start: number;
  readonly size: number;
}

function layoutOf({ values, samples }: ValueBatch): Field[] {
  let start = 0;
  return [...values].map(([value, tensor]) => {
    const size = tensor.size / samples.length;
    start += size;
    return { value, shape: tensor.shape.slice(1), start: start - size, size };
  });
}

function rowLength(layout: readonly Field[]): number {
  return layout.reduce((sum, { size }) => sum + size, 0);
}
