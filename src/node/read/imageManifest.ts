import { readFile, stat } from 'node:fs/promises';
import { dirname, isAbsolute, posix, resolve } from 'node:path';
import { SpineError } from '../../errors.js';
import type { Dataset } from '../../dataset/index.js';
import {
  fileDataset,
  fileDatasetDefaults,
  fileDatasetRules,
  type FileDatasetOptions,
  type FileEntry,
} from './fileDataset.js';
import { names, optionsOf, record, text } from '../../options.js';
import { parseTable, type TableRow } from './manifestTable.js';
import { forEachParallel } from '../parallel.js';
import { reasonOf } from '../../reason.js';

/** Which column of a manifest holds what. */
export interface ManifestColumns {
  /** Path of the image. Default `file`. */
  readonly file?: string;
  /** Class name; an empty cell is a film without a label. Default `label`, where there is such a column. */
  readonly label?: string;
  /** What must not be divided between parts of a split: the patient. Default `group`, where there is such a column. */
  readonly group?: string;
  /** Id of the sample. By default the path as written in the manifest is the id. */
  readonly id?: string;
  /** Id of the sample that this one was made from. None by default. */
  readonly source?: string;
}

export interface ImageManifestOptions extends FileDatasetOptions {
  /** The folder that relative paths start from. Default: the manifest's own. */
  readonly root?: string;
  readonly columns?: ManifestColumns;
  /** Accept these labels only. By default any. */
  readonly classes?: readonly string[];
}

/** The defaults of {@link imageManifest}; of these columns `label` and `group` may be missing. */
export const imageManifestDefaults = {
  ...fileDatasetDefaults,
  columns: { file: 'file', label: 'label', group: 'group' },
} as const satisfies ImageManifestOptions;

export const manifestColumns = optionsOf<ManifestColumns>('columns', {
  file: text,
  label: text,
  group: text,
  id: text,
  source: text,
});

export const imageManifestOptions = optionsOf<ImageManifestOptions, typeof imageManifestDefaults>(
  'imageManifest',
  { ...fileDatasetRules, root: text, columns: record(manifestColumns), classes: names },
  imageManifestDefaults,
);

/**
 * A data set from a CSV file with a header row. All columns other than those of `columns` go into `meta`: plain numbers
 * as numbers, other text as text, empty cells not at all. Commas, semicolons or tabs are told apart by the header;
 * quotes, a byte order mark and Windows line ends are understood.
 *
 * Relative paths start from `root` and may not leave it; absolute ones are taken as they are. `\` is read as `/`.
 *
 * @returns samples in the order of the rows.
 * @throws SpineError `file-missing` if the manifest or any file it names is not there (all are looked for first);
 * `manifest-invalid` if it cannot be parsed, lacks a column, or a row has no or a forbidden path; `duplicate-id` if a
 * file or an id comes twice; `unknown-label` if a label is not among `classes`; `dataset-empty` without a row;
 * `dependency-missing` without `csv-parse`.
 */
export async function imageManifest(csvFile: string, options: ImageManifestOptions = {}): Promise<Dataset> {
  const settings = imageManifestOptions.check(options);
  const { signal, onError, classes } = settings;
  signal?.throwIfAborted();
  const { header, rows } = await parseTable(await readManifest(csvFile), csvFile);
  // Columns that are named must be there; of the default ones, some may be missing.
  const columns = checkColumns(csvFile, header, options.columns ? settings.columns : {});
  if (rows.length === 0)
    throw new SpineError('dataset-empty', `${csvFile} has a header but no row.`, { details: { manifest: csvFile } });

  const root = settings.root ?? dirname(csvFile);
  const entries = rows.map((row) => entryOf(row, columns, root, csvFile));
  checkDistinct(entries, rows, csvFile);
  if (classes) checkLabels(entries, rows, classes, csvFile);
  if (onError === 'throw') await checkPresent(entries, rows, csvFile, settings);
  return fileDataset(entries, settings);
}

async function readManifest(csvFile: string): Promise<Uint8Array> {
  try {
    return await readFile(csvFile);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new SpineError(
      missing ? 'file-missing' : 'manifest-invalid',
      missing ? `There is no manifest ${csvFile}.` : `The manifest ${csvFile} cannot be read: ${reasonOf(cause)}.`,
      { cause, details: { manifest: csvFile } },
    );
  }
}

/** The columns in use: named ones and that of the files must be there, other defaults may be missing. */
function checkColumns(csvFile: string, header: readonly string[], named: ManifestColumns): ManifestColumns {
  const { file, ...optional } = imageManifestDefaults.columns;
  const defaults = {
    file,
    ...Object.fromEntries(Object.entries(optional).filter(([, name]) => header.includes(name))),
  };
  const columns: ManifestColumns = { ...defaults, ...named };
  const missing = Object.values(columns).filter((name: string) => !header.includes(name));
  if (missing.length > 0) {
    throw new SpineError(
      'manifest-invalid',
      `${csvFile} has no column ${missing.join(', ')}; its columns are ${header.join(', ')}. Say which holds what with columns: { file, label, group }.`,
      { details: { manifest: csvFile, missing, found: header } },
    );
  }
  return columns;
}

function entryOf({ line, cells }: TableRow, columns: ManifestColumns, root: string, csvFile: string): FileEntry {
  const cell = (name: string | undefined) => (name === undefined ? undefined : cells.get(name)) || undefined;
  const path = cell(columns.file)?.replaceAll('\\', '/');
  const invalid = (reason: string) =>
    new SpineError('manifest-invalid', `Row ${line} of ${csvFile} ${reason}`, {
      details: { manifest: csvFile, row: line, file: path },
    });
  if (path === undefined) throw invalid('names no file.');

  const normal = posix.normalize(path);
  const absolute = isAbsolute(path);
  if (!absolute && (normal === '..' || normal.startsWith('../'))) {
    throw invalid(`leads out of ${root}: ${path}. Set root to a folder above all files, or write the path in full.`);
  }
  const used = new Set<string>(Object.values(columns));
  const meta = [...cells]
    .filter(([name, text]) => !used.has(name) && text !== '')
    .map(([name, text]) => [name, valueOf(text)] as const);
  const [label, group, source] = [cell(columns.label), cell(columns.group), cell(columns.source)];
  return {
    id: cell(columns.id) ?? normal,
    file: absolute ? path : resolve(root, normal),
    ...(label !== undefined && { label }),
    ...(group !== undefined && { group }),
    ...(source !== undefined && { source }),
    ...(meta.length > 0 && { meta: Object.fromEntries(meta) }),
  };
}

/** Plain numbers as numbers. Digits behind a leading zero, or too many of them to be kept, are a code and stay text. */
function valueOf(text: string): string | number {
  if (!/^[+-]?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(text)) return text;
  const value = Number(text);
  const kept = /[.eE]/.test(text) ? Number.isFinite(value) : Number.isSafeInteger(value);
  return kept ? value : text;
}

function checkDistinct(entries: readonly FileEntry[], rows: readonly TableRow[], csvFile: string): void {
  for (const key of ['file', 'id'] as const) {
    const seen = new Map<string, number>();
    entries.forEach((entry, index) => {
      const line = rows[index]?.line ?? 0;
      const before = seen.get(entry[key]);
      if (before !== undefined) {
        throw new SpineError(
          'duplicate-id',
          `Rows ${before} and ${line} of ${csvFile} have the same ${key}: ${entry[key]}.`,
          {
            details: { manifest: csvFile, rows: [before, line], [key]: entry[key] },
          },
        );
      }
      seen.set(entry[key], line);
    });
  }
}

function checkLabels(
  entries: readonly FileEntry[],
  rows: readonly TableRow[],
  classes: readonly string[],
  csvFile: string,
): void {
  const index = entries.findIndex(({ label }) => label !== undefined && !classes.includes(label));
  if (index < 0) return;
  const label = entries[index]?.label;
  throw new SpineError(
    'unknown-label',
    `Row ${rows[index]?.line} of ${csvFile} has the label ${label}; the classes are ${classes.join(', ')}.`,
    {
      details: { manifest: csvFile, row: rows[index]?.line, label, classes },
    },
  );
}

async function checkPresent(
  entries: readonly FileEntry[],
  rows: readonly TableRow[],
  csvFile: string,
  { signal }: FileDatasetOptions,
): Promise<void> {
  const missing: { row: number; file: string }[] = [];
  await forEachParallel(entries, { concurrency: 16, signal }, async ({ file }, index) => {
    const found = await stat(file).catch(() => undefined);
    if (!found?.isFile()) missing.push({ row: rows[index]?.line ?? 0, file });
  });
  if (missing.length === 0) return;
  missing.sort((a, b) => a.row - b.row);
  const shown = missing.slice(0, 5).map(({ row, file }) => `row ${row}: ${file}`);
  const more = missing.length > shown.length ? `; and ${missing.length - shown.length} more` : '';
  const count = missing.length === 1 ? '1 file that is' : `${missing.length} files that are`;
  throw new SpineError('file-missing', `${csvFile} names ${count} not there (${shown.join('; ')}${more}).`, {
    details: { manifest: csvFile, missing },
  });
}
