import type { EpochLog, History, StageHistory } from '../../../training/index.js';
import { bestEpochIndex, countedMeasures, curveChart, renderChart, validationName } from '../../charts/index.js';
import { duration, percent, plural, real } from '../../format.js';
import type { ReportTask } from '../input.js';
import { html, trusted, type Markup } from '../../markup.js';
import { lightPalette } from '../../palette.js';
import { rowsOf, tableMarkup, type Column } from '../../tables/index.js';
import { subheading, type HeadingLevel } from './section.js';

/** Curves of each stage (Figs. 5 and 6), with the numbers behind them folded away. */
export async function trainingCurves({ history }: ReportTask, level: HeadingLevel): Promise<Markup | undefined> {
  const stages = history?.stages.filter((stage) => stage.epochs.length > 0) ?? [];
  if (stages.length === 0) return undefined;
  const rows: Markup[] = [];
  for (const stage of stages) rows.push(await stageCurves({ stages }, stage, stages.indexOf(stage), level));
  return html`${rows}`;
}

async function stageCurves(
  history: History<string>,
  stage: StageHistory<string>,
  index: number,
  level: HeadingLevel,
): Promise<Markup> {
  const measures = countedMeasures(history);
  const curves: Markup[] = [];
  for (const measure of [...measures, 'loss'])
    curves.push(html`<div>${trusted(await renderChart(curveChart(history, { stage: index, measure })))}</div> `);
  const best = bestEpochIndex(stage);
  const seconds = stage.epochs.reduce((sum, { seconds }) => sum + seconds, 0);
  return html`<figure class="chart curves">
    ${subheading(level, html`<bdi>${stage.name}</bdi>`)}
    <div class="beside">${curves}</div>
    <figcaption>
      <span class="key">${line(lightPalette['series-2'], true)} training</span>
      <span class="key">${line(lightPalette['series-1'], false)} validation</span>${
        best >= 0 && html` <span class="key">${ring} best epoch: ${best + 1} of ${stage.epochs.length}</span>`
      } <span class="key">${duration(seconds)}</span>
    </figcaption>
    ${epochTable(stage, best, measures)}
  </figure> `;
}

interface NumberedEpoch {
  readonly name: string;
  readonly log: EpochLog<string>;
}

const epochColumns = (measures: readonly string[]): readonly Column<NumberedEpoch>[] => [
  { heading: 'Epoch', value: ({ name }) => name },
  { heading: 'Training loss', value: ({ log }) => log.loss, figure: real },
  ...measures.map((name) => measureColumn(`Training ${name}`, name, name)),
  { heading: 'Validation loss', value: ({ log }) => log.validationLoss, figure: real },
  ...measures.map((name) => measureColumn(`Validation ${name}`, name, validationName(name))),
  { heading: 'Learning rate', value: ({ log }) => log.learningRate, figure: real },
  { heading: 'Time', value: ({ log }) => log.seconds, figure: duration },
];

const measureColumn = (heading: string, measure: string, field: string): Column<NumberedEpoch> => ({
  heading,
  value: ({ log }) => log[field],
  figure: measure === 'accuracy' ? percent : real,
});

function epochTable(stage: StageHistory<string>, best: number, measures: readonly string[]): Markup {
  const epochs = stage.epochs.map((log, index) => ({
    log,
    name: `${index + 1}${index === best ? ' (best)' : ''}`,
  }));
  return html`<details>
    <summary>${plural(stage.epochs.length, 'epoch')} in numbers</summary>
    ${tableMarkup({ columns: epochColumns(measures), rows: rowsOf(epochs) })}
  </details>`;
}

const line = (color: string, dashed: boolean) =>
  html`<svg width="22" height="8" aria-hidden="true">
    <line
      x1="0"
      y1="4"
      x2="22"
      y2="4"
      stroke="${color}"
      stroke-width="2"
      ${dashed && trusted(' stroke-dasharray="5 3"')}
    />
  </svg>`;

const ring = html`<svg width="12" height="12" aria-hidden="true">
  <circle cx="6" cy="6" r="4.5" fill="none" stroke="${lightPalette['series-1']}" stroke-width="2" />
</svg>`;
