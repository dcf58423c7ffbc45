import { html, plainText, type Markup } from '../markup.js';
import { remarks, type Cell, type Row, type Table } from './table.js';

/** A table of GitHub-flavoured Markdown between its caption and its notes. */
export function markdownTable(table: Table): string {
  const { caption, columns, rows, notes } = table;
  const marks = remarks(table);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const blank = (row: Row) => Array.from({ length: columns.length - 1 - row.cells.length }, () => '');
  return [
    `**${markdownText(caption)}**`,
    '',
    line(columns.map(({ heading }) => heading)),
    line(columns.map(({ number }) => (number ? '---:' : '---'))),
    ...rows.map((row) =>
      line([markdownText(marked(row, marks)), ...row.cells.map((cell) => markdownText(cellText(cell))), ...blank(row)]),
    ),
    '',
    ...[...marks].map(([note, mark]) => `${mark}) ${markdownText(note)}\n`),
    ...notes.map((note) => `${markdownText(note)}\n`),
  ].join('\n');
}

/** Columns of plain text between a caption and notes. */
export function textTable(table: Table): string {
  const { caption, columns, rows, notes } = table;
  const marks = remarks(table);
  const lines = rows.map((row) => [marked(row, marks), ...row.cells.map(cellText)].map(plainText));
  const headings = columns.map(({ heading }) => heading);
  const whole = [headings, ...lines.filter((_, index) => rows[index]?.kind !== 'failed')];
  const widths = columns.map((_, column) =>
    Math.max(
      ...whole.map((cells) => (cells[column] ?? '').length),
      ...(column === 0 ? lines.map(([heading = '']) => heading.length) : []),
    ),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        columns[column]?.number === true && cells.length === columns.length
          ? cell.padStart(widths[column]!)
          : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd();
  return [
    plainText(caption),
    '',
    line(headings),
    ...lines.map(line),
    '',
    ...[...marks].map(([note, mark]) => `${mark}) ${plainText(note)}`),
    ...notes.map(plainText),
    '',
  ].join('\n');
}

/** The table as markup, its notes below. */
export function tableMarkup(table: Table): Markup {
  const { caption, columns, rows, notes } = table;
  const marks = remarks(table);
  const mark = (note: string) => html`<sup>${marks.get(note) ?? ''}</sup>`;
  const cell = ({ text, interval }: Cell) =>
    html`<td class="number">${text}${interval !== undefined && html` <span class="interval">${interval}</span>`}</td>`;
  const cells = (row: Row) =>
    row.kind === 'failed'
      ? html`<td colspan="${columns.length - 1}" class="failure"><bdi>${row.cells[0]?.text ?? ''}</bdi></td>`
      : row.cells.map(cell);
  return html`<div class="scroll">
      <table class="metrics">
        <caption>
          ${caption}
        </caption>
        <thead>
          <tr>
            ${columns.map(({ heading, number }) => html`<th scope="col" ${number && html` class="number"`}>${heading}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr class="${row.kind}">
                <th scope="row"><bdi>${row.heading}</bdi>${row.note !== undefined && mark(row.note)}</th>
                ${cells(row)}
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
    ${[...marks.keys()].map((note) => html`<p class="note">${mark(note)} ${note}</p>`)}${notes.map(
      (note) => html`<p class="note">${note}</p> `,
    )}`;
}

const cellText = ({ text, interval }: Cell) => (interval === undefined ? text : `${text} ${interval}`);

function marked({ heading, note }: Row, marks: ReadonlyMap<string, string>): string {
  return note === undefined ? heading : `${heading} (${marks.get(note) ?? ''})`;
}

/** Text that Markdown shows as it is: one line, no markup, no new cell. */
function markdownText(text: string): string {
  return plainText(text)
    .replace(/[\\|`*_<>[\]#~]/g, (character) => `\\${character}`)
    .replaceAll('&', '&amp;');
}
