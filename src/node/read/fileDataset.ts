import { SpineError, isSpineError } from '../../errors.js';
import type { Dataset, Sample } from '../../dataset/index.js';
import { abortSignal, callback, oneOf, wholeNumber, type Rules, type WithDefaults } from '../../options.js';
import type { OnProgress } from '../../progress.js';
import { forEachParallel } from '../parallel.js';
import { maxPixelsRule, readImage, readImageDefaults } from './readImage.js';

/** A file that was left out of a data set, and why. */
export interface SkippedFile {
  readonly id: string;
  /** Its absolute path. */
  readonly file: string;
  /** `image-unreadable` or `file-missing`. */
  readonly error: SpineError;
}

/** What the readers of data sets have in common. */
export interface FileDatasetOptions {
  /**
   * `'throw'`: files are read when their sample is, and a bad one throws then. `'skip'`: every file is decoded once
   * before the data set is returned, and bad ones are left out of it.
   */
  readonly onError?: 'throw' | 'skip';
  /** Told of each file that `onError: 'skip'` leaves out, in the order of the data set. */
  readonly onSkip?: (skipped: SkippedFile) => void;
  /** Aborts the making of the data set; the promise then rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
  /** Counts the files decoded up front by `onError: 'skip'`. */
  readonly onProgress?: OnProgress;
  /** How many files are checked at a time. */
  readonly concurrency?: number;
  /** Width × height above which a file is refused, as in `readImage`. */
  readonly maxPixels?: number;
}

/** The defaults of {@link FileDatasetOptions}. */
export const fileDatasetDefaults = {
  onError: 'throw',
  concurrency: 4,
  maxPixels: readImageDefaults.maxPixels,
} as const satisfies FileDatasetOptions;

/** What each reader of data sets checks. */
export const fileDatasetRules: Rules<FileDatasetOptions> = {
  onError: oneOf('throw', 'skip'),
  onSkip: callback,
  signal: abortSignal,
  onProgress: callback,
  concurrency: wholeNumber(1),
  maxPixels: maxPixelsRule,
};

/** What is known of the reading once its options were checked. */
export type FileDatasetSettings = WithDefaults<FileDatasetOptions, typeof fileDatasetDefaults>;

/** A sample still to be made: where it is, and what is known of it. */
export interface FileEntry {
  readonly id: string;
  readonly file: string;
  readonly label?: string;
  readonly group?: string;
  readonly source?: string;
  readonly meta?: Readonly<Record<string, string | number>>;
}

/** The data set of `entries`, without the unreadable ones if the options say so. */
export async function fileDataset(entries: readonly FileEntry[], options: FileDatasetSettings): Promise<Dataset> {
  const { onError, signal } = options;
  signal?.throwIfAborted();
  const kept = onError === 'skip' ? await readableEntries(entries, options) : entries;
  return kept.map((entry) => sampleOf(entry, options));
}

function sampleOf({ file, ...known }: FileEntry, { maxPixels }: FileDatasetSettings): Sample {
  return { ...known, load: (how) => readImage(file, { maxPixels, ...(how?.signal && { signal: how.signal }) }) };
}

async function readableEntries(
  entries: readonly FileEntry[],
  options: FileDatasetSettings,
): Promise<readonly FileEntry[]> {
  const { signal, onProgress, onSkip, concurrency } = options;
  const errors = new Map<FileEntry, SpineError>();
  let done = 0;
  await forEachParallel(entries, { concurrency, signal }, async (entry) => {
    try {
      await sampleOf(entry, options).load(signal ? { signal } : {});
    } catch (error) {
      if (!isSpineError(error, 'image-unreadable') && !isSpineError(error, 'file-missing')) throw error;
      errors.set(entry, error);
    }
    onProgress?.({ done: ++done, total: entries.length });
  });

  const kept = entries.filter((entry) => !errors.has(entry));
  for (const entry of entries) {
    const error = errors.get(entry);
    if (error) onSkip?.({ id: entry.id, file: entry.file, error });
  }
  checkNoClassVanished(entries, kept, errors);
  return kept;
}

/** A class all of whose files are bad would otherwise be missing from the task without a word. */
function checkNoClassVanished(
  entries: readonly FileEntry[],
  kept: readonly FileEntry[],
  errors: ReadonlyMap<FileEntry, SpineError>,
): void {
  const left = new Set(kept.map((entry) => entry.label));
  const lost = entries.find((entry) => !left.has(entry.label));
  if (lost === undefined) return;
  const what = lost.label === undefined ? 'No file without a label' : `No file of the class ${lost.label}`;
  throw new SpineError('dataset-empty', `${what} can be read; the first says: ${errors.get(lost)?.message ?? ''}`, {
    details: {
      skipped: [...errors].map(([entry, error]) => ({ id: entry.id, file: entry.file, message: error.message })),
    },
  });
}
