import { html, type Markup } from '../markup.js';
import { cellText, isFlushRight, remarks, rowHeading, type Column, type Row, type Table } from './table.js';

/** The table as markup, in a box that scrolls where the screen is narrow, its remarks and notes below. */
export function tableMarkup<Item>(table: Table<Item>): Markup {
  const { caption, columns, rows, notes = [] } = table;
  const { all, markOf } = remarks(table);
  const rowMarkup = (row: Row<Item>) => {
    const mark = markOf(row);
    return html`<tr${row.kind !== undefined && html` class="${row.kind}"`}>
      <th scope="row"><bdi>${rowHeading(table, row)}</bdi>${mark !== undefined && sup(mark)}</th>
      ${
        row.kind === 'failed'
          ? html`<td colspan="${columns.length - 1}" class="failure"><bdi>${row.failure}</bdi></td>`
          : columns.slice(1).map((column) => cellMarkup(column, row.item))
      }
    </tr> `;
  };
  const means = rows.filter(({ kind }) => kind === 'mean');
  return html`<div class="scroll">
      <table>
        ${
          caption !== undefined &&
          html`<caption>
            ${caption}
          </caption>`
        }
        <thead>
          <tr>
            ${columns.map((column) => html`<th scope="col" ${flushRight(column)}><bdi>${column.heading}</bdi></th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.filter(({ kind }) => kind !== 'mean').map(rowMarkup)}
        </tbody>
        ${
          means.length > 0 &&
          html`<tbody class="means">
            ${means.map(rowMarkup)}
          </tbody>`
        }
      </table>
    </div>
    ${all.map(({ mark, note }) => html`<p class="note">${sup(mark)} ${note}</p>`)}${notes.map(
      (note) => html`<p class="note">${note}</p> `,
    )}`;
}

const flushRight = <Item>(column: Column<Item>) => isFlushRight(column) && html` class="number"`;
const sup = (mark: string) => html`<sup>${mark}</sup>`;

function cellMarkup<Item>(column: Column<Item>, item: Item): Markup {
  const { text, interval, detail } = cellText(column, item);
  const beside = (kind: string, words: string | undefined) =>
    words !== undefined && html` <span class="${kind}">${words}</span>`;
  return html`<td${flushRight(column)}>
    ${column.figure === undefined ? html`<bdi>${text}</bdi>` : text}${beside('interval', interval)}${beside('detail', detail)}
  </td>`;
}
