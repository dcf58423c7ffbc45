import type { Column } from './table.js';

/**
 * A row for each item as CSV (RFC 4180) under one header. Numbers are written as they are, unrounded, and a column
 * with an interval is followed by its ends, `<heading>_low` and `<heading>_high`; what is unknown stays empty.
 */
export function csvTable<Item>(columns: readonly Column<Item>[], items: readonly Item[]): string {
  const headings = columns.flatMap(({ heading, interval }) =>
    interval === undefined ? [heading] : [heading, `${heading}_low`, `${heading}_high`],
  );
  const cells = (item: Item) =>
    columns.flatMap(({ value, interval }) => {
      if (interval === undefined) return [value(item)];
      const bounds = interval(item);
      return [value(item), bounds?.low, bounds?.high];
    });
  return [headings, ...items.map(cells)].map((line) => `${line.map(csvText).join(',')}\n`).join('');
}

function csvText(value: string | number | undefined): string {
  const text = value === undefined ? '' : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
