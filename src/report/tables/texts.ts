import { plainText } from '../markup.js';
import { cellText, isFlushRight, remarks, rowHeading, type Table } from './table.js';

/** A table of GitHub-flavoured Markdown between its caption and its notes. */
export function markdownTable<Item>(table: Table<Item>): string {
  const { caption, headings, flushRight, lines, remarks, notes } = written(table, markdownText);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [
    ...(caption === undefined ? [] : [`**${caption}**`, '']),
    line(headings),
    line(flushRight.map((right) => (right ? '---:' : '---'))),
    ...lines.map(({ cells }) => line(headings.map((_, column) => cells[column] ?? ''))),
    '',
    ...[...remarks, ...notes].map((note) => `${note}\n`),
  ].join('\n');
}

/** Columns of plain text between a caption and notes. */
export function textTable<Item>(table: Table<Item>): string {
  const { caption, headings, flushRight, lines, remarks, notes } = written(table, plainText);
  // The sentence of a failure may run on: it makes no column wider.
  const counted = [headings, ...lines.map(({ cells, failed }) => (failed ? cells.slice(0, 1) : cells))];
  const widths = headings.map((_, column) => Math.max(...counted.map((cells) => (cells[column] ?? '').length)));
  const line = (cells: readonly string[], failed = false) =>
    cells
      .map((cell, column) => {
        const width = widths[column]!;
        return flushRight[column] === true && !failed ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [
    ...(caption === undefined ? [] : [caption, '']),
    line(headings),
    ...lines.map(({ cells, failed }) => line(cells, failed)),
    '',
    ...remarks,
    ...notes,
    '',
  ].join('\n');
}

interface Written {
  readonly caption: string | undefined;
  readonly headings: readonly string[];
  readonly flushRight: readonly boolean[];
  /** The cells of each row; of one that failed, its heading and why. */
  readonly lines: readonly { readonly cells: readonly string[]; readonly failed: boolean }[];
  readonly remarks: readonly string[];
  readonly notes: readonly string[];
}

/** The table's words, each made safe by `escape` for where it will stand. */
function written<Item>(table: Table<Item>, escape: (text: string) => string): Written {
  const { caption, columns, rows, notes = [] } = table;
  const { all, markOf } = remarks(table);
  return {
    caption: caption === undefined ? undefined : escape(caption),
    headings: columns.map(({ heading }) => escape(heading)),
    flushRight: columns.map(isFlushRight),
    lines: rows.map((row) => {
      const mark = markOf(row);
      const heading = rowHeading(table, row) + (mark === undefined ? '' : ` (${mark})`);
      const cells =
        row.kind === 'failed'
          ? [row.failure]
          : columns.slice(1).map((column) => {
              const { text, interval, detail } = cellText(column, row.item);
              return [text, interval, detail].filter((part) => part !== undefined).join(' ');
            });
      return { cells: [heading, ...cells].map(escape), failed: row.kind === 'failed' };
    }),
    remarks: all.map(({ mark, note }) => `${mark}) ${escape(note)}`),
    notes: notes.map(escape),
  };
}

/** Text that Markdown shows as it is: one line, no markup, no new cell. */
function markdownText(text: string): string {
  return plainText(text)
    .replace(/[\\|`*_<>[\]#~]/g, (character) => `\\${character}`)
    .replaceAll('&', '&amp;');
}
