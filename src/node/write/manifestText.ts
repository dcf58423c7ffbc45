import type { Sample } from '../../dataset/index.js';
import { byCodeUnit } from '../read/index.js';

/** One image of an export. */
export interface ManifestRow {
  readonly sample: Sample;
  readonly part: string;
  /** Relative to the manifest, with `/` between names. */
  readonly path: string;
}

/** For `imageManifest`: how the manifest of `exportFolders` names its columns. */
export const exportedColumns = { file: 'file', label: 'label', group: 'group', source: 'source', id: 'id' } as const;

const fixed = ['file', 'part', 'label', 'group', 'source', 'id'];

/**
 * CSV (RFC 4180) with the fixed columns, then all keys of `meta`; one that has a fixed column's name is led by `meta.`.
 */
export function manifestText(rows: readonly ManifestRow[]): string {
  const keys = [...new Set(rows.flatMap(({ sample }) => Object.keys(sample.meta ?? {})))].sort(byCodeUnit);
  const header = [...fixed, ...keys.map((key) => (fixed.includes(key) ? `meta.${key}` : key))];
  const lines = rows.map(({ sample, part, path }) => [
    path,
    part,
    sample.label ?? '',
    sample.group ?? '',
    sample.source ?? '',
    sample.id,
    ...keys.map((key) => String(sample.meta?.[key] ?? '')),
  ]);
  return [header, ...lines].map((cells) => `${cells.map(quoted).join(',')}\n`).join('');
}

const quoted = (cell: string) => (/[",;\t\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);
