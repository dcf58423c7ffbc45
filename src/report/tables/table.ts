/** What a table holds, before it becomes HTML, Markdown or plain text. */
export interface Table {
  readonly caption: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** Sentences below the table. */
  readonly notes: readonly string[];
}

export interface Column {
  readonly heading: string;
  /** Whether it holds numbers, which are set flush right. */
  readonly number: boolean;
}

export interface Row {
  /** A result of this run, one that is quoted, or a failure: then a single cell follows the heading. */
  readonly kind: 'own' | 'quoted' | 'failed';
  /** The first cell. */
  readonly heading: string;
  readonly cells: readonly Cell[];
  /** A remark, set below the table behind a mark. */
  readonly note?: string;
}

export interface Cell {
  readonly text: string;
  /** Such as '[85.47, 99.49]'. */
  readonly interval?: string;
}

/** A mark for each different remark, in the order of the rows: 'a', 'b', …. */
export function remarks({ rows }: Table): ReadonlyMap<string, string> {
  const notes = [...new Set(rows.flatMap(({ note }) => (note === undefined ? [] : [note])))];
  return new Map(notes.map((note, index) => [note, String.fromCharCode(97 + (index % 26))]));
}
