import type { NdArray } from 'ndarray';
import { sampleError, SpineError } from '../errors.js';
import { checkImage, copyPixels, firstNonFinite, type Image } from '../image/index.js';
import type { Dataset, Sample } from './sample.js';
import { ndarrayOf } from '../ndarray.js';
import { createLimiter, handled } from '../async.js';

/** Samples read together, ready for a model. */
export interface Batch {
  /** [n, height, width, channels], row-major, of its own memory. */
  readonly images: NdArray<Float32Array>;
  /** Index of each sample's class; −1 where it has no label. */
  readonly labels: Int32Array;
  readonly ids: readonly string[];
  /** Position of each sample in the data set. */
  readonly indices: Int32Array;
}

/** What is to be read, checked and with its defaults filled in. */
export interface BatchPlan {
  readonly dataset: Dataset;
  /** Class index of each sample of the data set. */
  readonly labels: Int32Array;
  /** Positions of the samples in the order they are to be read. */
  readonly order: readonly number[];
  readonly batchSize: number;
  readonly epoch: number;
  readonly prefetch: number;
  readonly concurrency: number;
  readonly imageShape: readonly number[] | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Reads the batch of the given number. Batches asked for in order are read in order, together within the limit. */
export type BatchReader = (batch: number) => Promise<Batch>;

/** @param signal ends all reading. */
export function createBatchReader(plan: BatchPlan, signal: AbortSignal): BatchReader {
  const { dataset, order, batchSize, labels } = plan;
  const inTurn = createLimiter(plan.concurrency);

  const load = async (sample: Sample): Promise<Image> => {
    signal.throwIfAborted();
    let image: Image;
    try {
      image = await sample.load({ epoch: plan.epoch, signal });
    } catch (error) {
      throw sampleError(`Sample "${sample.id}"`, error, sample.id, 'image-unreadable');
    }
    checkIsImage(image, sample);
    return image;
  };

  // The first image is read ahead of all others: its shape is what theirs must be.
  const firstSample = dataset[order[0]!]!;
  const first = handled(inTurn(() => load(firstSample)));
  const expected = plan.imageShape ?? handled(first.then((image): readonly number[] => image.shape));
  const because = plan.imageShape ? 'the model or imageShape asks for' : `sample "${firstSample.id}", read first, has`;

  const readBatch: BatchReader = async (batch) => {
    const indices = Int32Array.from(order.slice(batch * batchSize, (batch + 1) * batchSize));
    const samples = Array.from(indices, (position) => dataset[position]!);
    let pixels: Float32Array | undefined;

    const readRow = async (sample: Sample, row: number) => {
      const image = batch === 0 && row === 0 ? await first : await load(sample);
      const shape = await expected;
      checkFits(image, shape, sample, because);
      const size = image.size;
      pixels ??= new Float32Array(indices.length * size);
      copyPixels(image, pixels, row * size);
      if (firstNonFinite(pixels, row * size, size) >= 0) {
        throw new SpineError(
          'image-values',
          `Sample "${sample.id}" has pixels that are NaN or infinite. Mend the film, or leave it out.`,
          {
            details: { id: sample.id },
          },
        );
      }
    };

    // All rows are waited for, so that the failure reported is the first in order whichever came first in time.
    const rows = await Promise.allSettled(samples.map((sample, row) => inTurn(() => readRow(sample, row))));
    for (const row of rows) if (row.status === 'rejected') throw row.reason;
    return {
      images: ndarrayOf(pixels!, [indices.length, ...(await expected)]),
      labels: indices.map((position) => labels[position]!),
      ids: samples.map(({ id }) => id),
      indices,
    };
  };
  return (batch) => handled(readBatch(batch));
}

function checkIsImage(image: Image, { id }: Sample): void {
  try {
    checkImage(image);
  } catch (cause) {
    throw new SpineError('image-shape', `Sample "${id}": ${(cause as Error).message}`, { cause, details: { id } });
  }
}

/** @param because who says that `expected` is the shape. */
function checkFits(
  image: Image,
  expected: readonly number[],
  { id }: Sample,
  because: string,
): asserts image is NdArray<Float32Array> {
  const shape: readonly number[] = image.shape;
  const details = { id, shape, expected, dtype: image.dtype };
  if (shape.some((length, axis) => length !== expected[axis])) {
    throw new SpineError(
      'image-shape',
      `Sample "${id}" has shape [${shape.join(', ')}], but ${because} [${expected.join(', ')}]. Bring all images to one shape with preprocess.`,
      { details },
    );
  }
  if (image.dtype !== 'float32') {
    throw new SpineError(
      'image-values',
      `Sample "${id}" has pixels of type ${image.dtype}, but a model wants float32 in [0, 1]. Pass the data set through preprocess first.`,
      { details },
    );
  }
}
