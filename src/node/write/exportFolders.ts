import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SpineError } from '../../errors.js';
import { partsRule, type Dataset, type Sample } from '../../dataset/index.js';
import { listNames } from '../../listing.js';
import { abortSignal, callback, checked, optionsOf, wholeNumber } from '../../options.js';
import type { OnProgress } from '../../progress.js';
import { encodePng } from './encodePng.js';
import { makeFolderAtomic } from './folderAtomic.js';
import { manifestText, type ManifestRow } from './manifestText.js';
import { forEachParallel } from '../parallel.js';
import { createFileNames } from './safeNames.js';
import { isImageName, unlabelledFolder } from '../read/index.js';
import { orWriteFailed } from './writeAtomic.js';

/** Options of {@link exportFolders}. */
export interface ExportFoldersOptions {
  /** Aborts the export, which then leaves nothing behind; the promise rejects with `signal.reason`. */
  readonly signal?: AbortSignal;
  /** Counts the images written. */
  readonly onProgress?: OnProgress;
  /** How many images are read and written at a time. */
  readonly concurrency?: number;
}

/** The defaults of {@link ExportFoldersOptions}. */
export const exportFoldersDefaults = { concurrency: 4 } as const;

export const exportFoldersOptions = optionsOf<ExportFoldersOptions, typeof exportFoldersDefaults>(
  'exportFolders',
  { signal: abortSignal, onProgress: callback, concurrency: wholeNumber(1) },
  exportFoldersDefaults,
);

/**
 * Writes data sets as `part/class/image.png`, with `manifest.csv` beside the parts (step 5 of the paper). Each part
 * can be read again with `imageFolder`; the manifest, by `imageManifest` with `columns: exportedColumns`, keeps ids,
 * groups and sources as well, and so what a later split must not divide.
 *
 * Bytes are written as 8-bit PNG, words as 16-bit, reals in [0, 1] as 8-bit (rounded 255·v). File names come from the
 * ids. The folder appears whole at the end or not at all.
 *
 * @param parts such as `splitDataset` gives: `{ train, validation, test }`. One without samples gets no folder.
 * @param directory must be absent or empty.
 * @throws SpineError `dataset-empty` if no part has a sample; `duplicate-id` for an id that comes twice, in one part or
 * two; `invalid-argument` for a part that is no data set or whose name is not a folder name, or an option out of
 * range; `write-failed`; and what reading a sample throws.
 */
export async function exportFolders(
  parts: Readonly<Record<string, Dataset>>,
  directory: string,
  options: ExportFoldersOptions = {},
): Promise<void> {
  const { signal, onProgress, concurrency } = exportFoldersOptions.check(options);
  checked('parts', parts, partsRule);
  signal?.throwIfAborted();
  const files = planFiles(parts);
  await makeFolderAtomic(directory, async (temporary) => {
    const write = (path: string, data: string | Uint8Array) =>
      orWriteFailed(join(directory, path), writeFile(join(temporary, path), data));
    for (const folder of new Set(files.map((file) => file.folder))) {
      await orWriteFailed(join(directory, folder), mkdir(join(temporary, folder), { recursive: true }));
    }
    let done = 0;
    await forEachParallel(files, { concurrency, signal }, async ({ sample, path }) => {
      const image = await sample.load(signal ? { signal } : {});
      await write(path, await encodePng(image, sample.id));
      onProgress?.({ done: ++done, total: files.length });
    });
    await write('manifest.csv', manifestText(files));
  });
}

interface PlannedFile extends ManifestRow {
  readonly folder: string;
}

function planFiles(parts: Readonly<Record<string, Dataset>>): PlannedFile[] {
  const planned: PlannedFile[] = [];
  const partOfId = new Map<string, string>();
  const labels = new Map<string, string>();
  const folderName = createFileNames([unlabelledFolder]);

  for (const [part, dataset] of Object.entries(parts)) {
    checkPart(part);
    const namesOf = new Map<string, ReturnType<typeof createFileNames>>();
    for (const sample of dataset) {
      checkNew(sample.id, part, partOfId);
      if (sample.label !== undefined && !labels.has(sample.label)) labels.set(sample.label, folderName(sample.label));
      const label = sample.label === undefined ? unlabelledFolder : labels.get(sample.label)!;
      const folder = `${part}/${label}`;
      const fileName = namesOf.get(folder) ?? createFileNames();
      namesOf.set(folder, fileName);
      planned.push({ sample, part, folder, path: `${folder}/${fileName(stemOf(sample), '.png')}` });
    }
  }
  if (planned.length === 0) {
    const named = Object.keys(parts);
    const what = named.length === 0 ? 'There is no part' : `There is no sample in ${listNames(named)}`;
    throw new SpineError('dataset-empty', `${what} to export.`, { details: { parts: named } });
  }
  return planned;
}

function checkPart(part: string): void {
  if (createFileNames()(part) !== part || part.toLowerCase() === 'manifest.csv') {
    throw new SpineError(
      'invalid-argument',
      `The part name ${JSON.stringify(part)} is not a folder name that every system takes.`,
    );
  }
}

function checkNew(id: string, part: string, partOfId: Map<string, string>): void {
  const before = partOfId.get(id);
  if (before !== undefined) {
    const where = before === part ? `twice in the part ${part}` : `in the parts ${before} and ${part}`;
    throw new SpineError('duplicate-id', `The sample ${id} is ${where}. Each may be exported once.`, {
      details: { id, parts: [before, part] },
    });
  }
  partOfId.set(id, part);
}

/** The id without the class folder and ending it came with. */
function stemOf({ id, label = unlabelledFolder }: Sample): string {
  const inClass = id.startsWith(`${label}/`) ? id.slice(label.length + 1) : id;
  return isImageName(inClass) ? inClass.slice(0, inClass.lastIndexOf('.')) : inClass;
}
