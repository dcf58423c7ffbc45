import { SpineError } from '../../errors.js';
import { optionalPackage } from '../../optional.js';
import { reasonOf } from '../../reason.js';

export interface TableRow {
  /** Where the row ends in the file, from 1: what a spreadsheet and an editor call its row. */
  readonly line: number;
  /** Text by column name. */
  readonly cells: ReadonlyMap<string, string>;
}

export interface Table {
  readonly header: readonly string[];
  readonly rows: readonly TableRow[];
}

/** The header and rows of a CSV file in UTF-8, or in UTF-16 with a byte order mark as spreadsheets write it. */
export async function parseTable(bytes: Uint8Array, file: string): Promise<Table> {
  const { parse } = await optionalPackage('csv-parse', 'Reading a manifest', () => import('csv-parse/sync'));
  const invalid = (reason: string, cause?: unknown) =>
    new SpineError('manifest-invalid', `${file} ${reason}`, { cause, details: { manifest: file } });

  const text = decode(bytes);
  if (text === undefined) throw invalid('is not text in UTF-8. Save it as "CSV UTF-8".');
  if (text.trim() === '') throw invalid('is empty. It needs a header row: file,label and any further columns.');

  let records: readonly { readonly info: { readonly lines: number }; readonly record: readonly string[] }[];
  try {
    records = parse(text, {
      delimiter: delimiterOf(text),
      trim: true,
      skip_empty_lines: true,
      info: true,
    }) as unknown as typeof records;
  } catch (cause) {
    throw invalid(`cannot be read as CSV: ${reasonOf(cause)}.`, cause);
  }
  const names = records[0]?.record ?? [];
  // A column without a name is the trailing comma of a spreadsheet.
  const header = names.filter((name) => name !== '');
  const repeated = header.find((name, index) => header.indexOf(name) !== index);
  if (repeated !== undefined) throw invalid(`has two columns named ${repeated}.`);

  const rows = records.slice(1).map(({ info, record }) => ({
    line: info.lines,
    cells: new Map(header.map((name) => [name, record[names.indexOf(name)] ?? ''])),
  }));
  return { header, rows };
}

function decode(bytes: Uint8Array): string | undefined {
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
  try {
    // Drops the byte order mark.
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Comma, semicolon or tab: whichever the header has most of outside quotes. */
function delimiterOf(text: string): string {
  const header = (text.trimStart().split(/\r?\n|\r/, 1)[0] ?? '').replace(/"[^"]*"/g, '');
  const count = (delimiter: string) => header.split(delimiter).length;
  return [',', ';', '\t'].reduce((best, delimiter) => (count(delimiter) > count(best) ? delimiter : best));
}
