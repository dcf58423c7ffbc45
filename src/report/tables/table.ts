import type { Interval } from '../../metrics/index.js';
import { unknown } from '../format.js';

/**
 * What a table holds, before it is written as HTML, Markdown, plain text or CSV: a row for each item, and columns that
 * say what they take from an item. The first column is the heading of its row.
 */
export interface Table<Item> {
  readonly caption?: string;
  readonly columns: readonly Column<Item>[];
  readonly rows: readonly Row<Item>[];
  /** Sentences below the table. */
  readonly notes?: readonly string[];
}

export interface Column<Item> {
  readonly heading: string;
  readonly value: (item: Item) => string | number | undefined;
  /** How its numbers are written for readers. */
  readonly figure?: (value: number) => string;
  /** Whether it is set flush right. Default: where `figure` says how numbers are written. */
  readonly flushRight?: boolean;
  /** Of the number, in its own unit. */
  readonly interval?: (item: Item) => Interval | undefined;
  /** What stands beside the value, set smaller. */
  readonly detail?: (item: Item) => string | undefined;
}

export type Row<Item> = ItemRow<Item> | FailedRow;

export interface ItemRow<Item> {
  /** A result of this run, one that is quoted, a class, or what sums up the rows above. Default: none of these. */
  readonly kind?: 'own' | 'quoted' | 'class' | 'mean';
  readonly item: Item;
  /** A remark, set below the table behind a mark. */
  readonly note?: string;
}

/** A row of which there is nothing but a sentence that says why. */
export interface FailedRow {
  readonly kind: 'failed';
  readonly heading: string;
  readonly failure: string;
}

/** A row for each item, of one kind. */
export function rowsOf<Item>(items: readonly Item[], kind?: ItemRow<Item>['kind']): ItemRow<Item>[] {
  return items.map((item) => ({ item, ...(kind !== undefined && { kind }) }));
}

/** A cell as readers see it; a dash where there is no number. */
export interface CellText {
  readonly text: string;
  /** Such as '[85.47, 99.49]'. */
  readonly interval?: string | undefined;
  readonly detail?: string | undefined;
}

/** What stands in a column for an item. */
export function cellText<Item>({ value, figure = String, interval, detail }: Column<Item>, item: Item): CellText {
  const given = value(item);
  const bounds = interval?.(item);
  return {
    text: given === undefined ? unknown : typeof given === 'string' ? given : figure(given),
    interval: bounds && `[${figure(bounds.low)}, ${figure(bounds.high)}]`,
    detail: detail?.(item),
  };
}

/** Whether a column is set flush right, as numbers are. */
export function isFlushRight<Item>({ figure, flushRight = figure !== undefined }: Column<Item>): boolean {
  return flushRight;
}

/** The first cell of a row. */
export function rowHeading<Item>({ columns }: Table<Item>, row: Row<Item>): string {
  return row.kind === 'failed' ? row.heading : cellText(columns[0]!, row.item).text;
}

/** The mark of a row's remark, if it has one: 'a', 'b', … for each different remark, in the order of the rows. */
export function remarks<Item>({ rows }: Table<Item>): {
  readonly all: readonly { readonly mark: string; readonly note: string }[];
  readonly markOf: (row: Row<Item>) => string | undefined;
} {
  const notes = [...new Set(rows.flatMap((row) => noteOf(row) ?? []))];
  const markAt = (index: number) => String.fromCharCode(97 + (index % 26));
  return {
    all: notes.map((note, index) => ({ mark: markAt(index), note })),
    markOf: (row) => {
      const note = noteOf(row);
      return note === undefined ? undefined : markAt(notes.indexOf(note));
    },
  };
}

const noteOf = <Item>(row: Row<Item>) => (row.kind === 'failed' ? undefined : row.note);
