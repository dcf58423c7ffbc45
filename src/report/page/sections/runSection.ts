import type { ReportInput, RunValue } from '../input.js';
import { html, type Markup } from '../../markup.js';
import type { Section } from './section.js';

/** What was run, as a table of definitions; records inside the record become groups. */
export function runSection(input: ReportInput): Section | undefined {
  if (input.run === undefined || Object.keys(input.run).length === 0) return undefined;
  const run = withoutCircles(input.run) as RunRecord;
  const plain = Object.entries(run).filter(([, value]) => !isRecord(value));
  const groups = Object.entries(run).flatMap(([name, value]) => (isRecord(value) ? [{ name, value }] : []));
  return {
    id: 'run',
    heading: 'What was run',
    body: [
      plain.length > 0 && definitions(plain),
      groups.map(
        ({ name, value }) =>
          html`<h3><bdi>${name}</bdi></h3>
            ${definitions(flatten(value))}`,
      ),
    ],
  };
}

function definitions(entries: readonly (readonly [string, RunValue])[]): Markup {
  return html`<dl class="definitions">
    ${entries.map(
      ([name, value]) =>
        value !== undefined &&
        html`<div>
          <dt><bdi>${name}</bdi></dt>
          <dd><bdi>${valueText(value)}</bdi></dd>
        </div> `,
    )}
  </dl> `;
}

type RunRecord = { readonly [name: string]: RunValue };

function isRecord(value: RunValue): value is RunRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function flatten(record: RunRecord, prefix = ''): (readonly [string, RunValue])[] {
  return Object.entries(record).flatMap(([name, value]) =>
    isRecord(value) ? flatten(value, `${prefix}${name}.`) : [[`${prefix}${name}`, value] as const],
  );
}

/** A copy in which a record or list that holds itself, at whatever depth, says so there, and whole numbers of any size are text. */
function withoutCircles(value: RunValue, above: readonly RunValue[] = []): RunValue {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (above.includes(value)) return '(circular)';
  const within = [...above, value];
  if (!isRecord(value)) return value.map((item) => withoutCircles(item, within));
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withoutCircles(item, within)]));
}

function valueText(value: RunValue): string {
  if (value === null || value === undefined) return 'none';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (isRecord(value)) return JSON.stringify(value);
  return value.length === 0 ? 'none' : value.map(valueText).join(', ');
}
