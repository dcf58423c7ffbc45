import { letEventsHappen, untilAborted } from '../async.js';
import { abortSignal, names, optionsOf, record, required, seedNumber, tupleOf, wholeNumber } from '../options.js';
import { createRandom } from '../random.js';
import { createBatchReader, type Batch, type BatchPlan } from './batchReader.js';
import { classNames, labelIndices } from './classes.js';
import { requireDataset } from './requireDataset.js';
import type { Dataset } from './sample.js';

/** How {@link batches} reads. */
export interface BatchesOptions {
  /** Samples a batch; the last may have fewer. Default 32. */
  readonly batchSize?: number;
  /** Class names in the order of the label indices. Default: those of the data set, sorted. */
  readonly classes?: readonly string[];
  /** Shuffles the samples, in another order for each epoch (default: `epoch` below). Default: the data set's order. */
  readonly shuffle?: { readonly seed: number; readonly epoch?: number };
  /** The epoch that samples are read for, from 0. Default 0. */
  readonly epoch?: number;
  /** Batches read ahead while the caller works on one; 0 reads only when asked. Default 2. */
  readonly prefetch?: number;
  /** Samples read at the same time, at most. Default 4. */
  readonly concurrency?: number;
  /** [height, width, channels] that every image must have. Default: that of the first sample read. */
  readonly imageShape?: readonly [height: number, width: number, channels: number];
  /** Ends the reading; the generator then rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
}

/** The defaults of {@link BatchesOptions}. */
export const batchesDefaults = { batchSize: 32, epoch: 0, prefetch: 2, concurrency: 4 } as const;

export const shuffleOptions = optionsOf<NonNullable<BatchesOptions['shuffle']>>('shuffle', {
  seed: required(seedNumber),
  epoch: wholeNumber(0),
});

export const batchesOptions = optionsOf<BatchesOptions, typeof batchesDefaults>(
  'batches',
  {
    batchSize: wholeNumber(1),
    classes: names,
    shuffle: record(shuffleOptions),
    epoch: wholeNumber(0),
    prefetch: wholeNumber(0),
    concurrency: wholeNumber(1),
    imageShape: tupleOf<readonly [number, number, number]>(
      '[height, width, channels] in whole pixels',
      3,
      wholeNumber(1),
    ),
    signal: abortSignal,
  },
  batchesDefaults,
);

/**
 * The samples of a data set in batches, read ahead while the caller works. What comes, and in which order, depends on
 * the data set and `shuffle` alone, not on how fast reads are or how many run at once. Reading begins with the first
 * `next()`; memory holds `prefetch` + 2 batches at most. Leaving the loop early ends the reading. An empty data set
 * gives no batch.
 *
 * @throws SpineError at once: `invalid-argument` for a wrong option or if `dataset` is not a data set, `unknown-label`
 * for a label not among the classes. While reading, always naming the sample: `image-shape` for another shape than the
 * first's, or no image at all; `image-values` for pixels that are NaN or infinite, or whole numbers, which
 * {@link preprocess} turns into reals in [0, 1]; the code of a read's own `SpineError`; `image-unreadable` for any
 * other failure to read. Batches before the faulty one are given first.
 */
export function batches(dataset: Dataset, options: BatchesOptions = {}): AsyncGenerator<Batch, void, undefined> {
  requireDataset('The data set of batches', dataset);
  return deliver(planBatches(dataset, options));
}

function planBatches(dataset: Dataset, options: BatchesOptions): BatchPlan {
  const settings = batchesOptions.check(options);
  const {
    batchSize,
    epoch,
    prefetch,
    concurrency,
    classes = classNames(dataset),
    shuffle,
    imageShape,
    signal,
  } = settings;

  const unlabelled = settings.classes === undefined && classes.length === 0;
  const positions = [...dataset.keys()];
  return {
    dataset,
    labels: unlabelled ? new Int32Array(dataset.length).fill(-1) : labelIndices(dataset, classes),
    order: shuffle ? createRandom(shuffle.seed, 'shuffle', shuffle.epoch ?? epoch).shuffle(positions) : positions,
    batchSize,
    epoch,
    prefetch,
    concurrency,
    imageShape,
    signal,
  };
}

async function* deliver(plan: BatchPlan): AsyncGenerator<Batch, void, undefined> {
  const { signal } = plan;
  const count = Math.ceil(plan.order.length / plan.batchSize);
  if (count === 0) return;
  const reading = new AbortController();
  const stop = () => reading.abort(signal?.reason);
  signal?.addEventListener('abort', stop, { once: true });

  const ahead: Promise<Batch>[] = [];
  try {
    signal?.throwIfAborted();
    const read = createBatchReader(plan, reading.signal);
    let started = 0;
    for (let delivered = 0; delivered < count; delivered++) {
      await letEventsHappen();
      signal?.throwIfAborted();
      while (started < count && started <= delivered + plan.prefetch) ahead.push(read(started++));
      yield await untilAborted(ahead[0]!, signal);
      void ahead.shift();
    }
  } finally {
    signal?.removeEventListener('abort', stop);
    stop();
    // After an abort, reads that do not listen to it are not waited for; otherwise nothing is left running.
    if (!signal?.aborted) await Promise.allSettled(ahead);
  }
}
