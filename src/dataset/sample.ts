import type { Image } from '../image/index.js';

/** How a sample is to be read. */
export interface LoadOptions {
  /** The epoch it is read for, from 0: samples that are drawn anew in each epoch depend on it. Default 0. */
  readonly epoch?: number;
  /** Aborts the reading; the promise then rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
}

/** One image of a data set. Its pixels are read when `load` is called, each time anew. */
export interface Sample {
  /** Unique within its data set. */
  readonly id: string;
  /** Class name; absent on a new film. */
  readonly label?: string;
  /** What must not be divided between parts of a split: the patient. */
  readonly group?: string;
  /** The id of the sample this one was made from, if it is a copy. */
  readonly source?: string;
  /** Whatever else is known: view, age, Cobb angle. */
  readonly meta?: Readonly<Record<string, string | number>>;
  /**
   * Whether `load` gives other pixels in each epoch, so that they are not worth keeping. Absent: the same each time.
   */
  readonly perEpoch?: boolean;
  /** Reads the pixels. */
  load(options?: LoadOptions): Promise<Image>;
}

/** Samples in order. */
export type Dataset = readonly Sample[];
