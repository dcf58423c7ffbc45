import type { Comparison, TrialResult, FinishedTrial, Measurement } from '../../study/index.js';
import { classificationIntervals, type Interval } from '../../metrics/index.js';
import { confidencePercent, count, duration, percent, plural } from '../format.js';
import { intervalText } from './metricsTable.js';
import { paperModelNames, paperTable, paperTaskNames, type PaperRow } from '../paper/index.js';
import { failedRow, finishedRows, measuredAfter, nameOf } from './rows.js';
import type { TableSettings } from './settings.js';
import type { Cell, Row, Table } from './table.js';

const columns = ['Parameters', 'Validation accuracy', 'Test accuracy', 'Precision', 'Recall', 'F1', 'Macro F1', 'Time'];

/** One stage of a comparison in the form of Tables I–VI: a row a model, the paper's own below. */
export function modelTable(comparison: Comparison, stage: number, settings: TableSettings): Table {
  const { rows } = comparison;
  const stageName = rows[0]?.record.stages[stage]?.name ?? '';
  const paper = settings.paperTask && paperTable(settings.paperTask, stage);
  const quoted =
    paper?.rows.filter(({ model }) => rows.some(({ record }) => paperModelNames[record.backbone] === model)) ?? [];
  const tested = finishedRows(rows).flatMap((row) => measuredAfter(row, stage)?.test ?? []);
  const task = settings.paperTask
    ? paperTaskNames[settings.paperTask]
    : plural(comparison.classes.length, 'class', 'classes');
  return {
    caption: `${task.charAt(0).toUpperCase()}${task.slice(1)}, after ${stageName}${paper ? ` (in the form of Table ${paper.number})` : ''}. ${rankingSentence(tested, settings.confidence)}`,
    columns: [{ heading: 'Model', number: false }, ...columns.map((heading) => ({ heading, number: true }))],
    rows: [...rows.map((row) => modelRow(row, stage, settings, quoted)), ...quoted.map(quotedRow)],
    notes: notes(rows, tested, settings.confidence),
  };
}

function modelRow(row: TrialResult, stage: number, { confidence }: TableSettings, quoted: readonly PaperRow[]): Row {
  if ('error' in row) return failedRow(row);
  const measured = measuredAfter(row, stage);
  const { weighted, macro } = measured?.test.report ?? {};
  const isQuoted = quoted.some(({ model }) => model === paperModelNames[row.record.backbone]);
  const note = isQuoted ? reduction(row) : undefined;
  return {
    kind: 'own',
    heading: nameOf(row),
    cells: [
      { text: count(row.parameters) },
      accuracyCell(measured?.validation, confidence),
      accuracyCell(measured?.test, confidence),
      ...[weighted?.precision, weighted?.recall, weighted?.f1, macro?.f1].map((figure) => ({ text: percent(figure) })),
      { text: duration(row.seconds) },
    ],
    ...(note !== undefined && { note }),
  };
}

function accuracyCell(measurement: Measurement | undefined, confidence: number): Cell {
  if (measurement === undefined) return { text: percent(undefined) };
  return {
    text: percent(measurement.report.accuracy),
    interval: intervalText(accuracyInterval(measurement, confidence)),
  };
}

function accuracyInterval({ confusion }: Measurement, confidence: number): Interval {
  return classificationIntervals(confusion, confidence).accuracy;
}

function quotedRow({ model, note, ...figures }: PaperRow): Row {
  const { validationAccuracy, testAccuracy, precision, recall, f1 } = figures;
  const unknown = { text: percent(undefined) };
  return {
    kind: 'quoted',
    heading: `${model}, paper`,
    cells: [
      unknown,
      ...[validationAccuracy, testAccuracy, precision, recall, f1].map((figure) => ({ text: figure.toFixed(2) })),
      unknown,
      unknown,
    ],
    ...(note !== undefined && { note }),
  };
}

/** What to know of a row that stands beside a whole network of the paper's. */
function reduction({ record: { width = 1, endBlock } }: FinishedTrial): string | undefined {
  const cuts = [
    ...(width === 1 ? [] : [`${width} times its filters`]),
    ...(endBlock === undefined ? [] : [`built up to block ${endBlock}`]),
  ];
  return cuts.length === 0 ? undefined : `Not the whole network that the paper has: ${cuts.join(', ')}.`;
}

/** How far the test accuracies can rank the models: hardly, on a few dozen films. */
function rankingSentence(tested: readonly Measurement[], confidence: number): string {
  const rule = 'This table cannot rank models whose intervals overlap';
  const first = tested[0];
  if (first === undefined || tested.length === 1) return `${rule}.`;
  const intervals = tested.map((measurement) => accuracyInterval(measurement, confidence));
  const pairs = intervals.flatMap((a, index) => intervals.slice(index + 1).map((b) => [a, b] as const));
  const apart = pairs.filter(([a, b]) => a.high < b.low || b.high < a.low).length;
  const here =
    apart === 0
      ? 'here none are apart'
      : `here ${apart} of ${plural(pairs.length, 'pair')} ${apart === 1 ? 'is' : 'are'} apart`;
  return `${rule}: on ${plural(first.samples, 'test image')} ${here}.`;
}

function notes(rows: readonly TrialResult[], tested: readonly Measurement[], confidence: number): string[] {
  const first = tested[0];
  const random = rows.filter(({ record }) => record.pretrained !== true);
  const backends = [...new Set(rows.map(({ backend }) => backend))];
  return [
    `In per cent. Brackets: Wilson’s ${confidencePercent(confidence)} % interval of an accuracy. Precision, recall and F1 are means over the classes weighted by support, as the paper’s are; macro F1 counts each class alike. They are no proportions of counted images and have no interval here: theirs would take a bootstrap.`,
    'The best of several test accuracies is too high by luck: choose a model by the validation part.',
    ...(first !== undefined && first.groups < first.samples
      ? [
          `The ${plural(first.samples, 'test image')} come from ${plural(first.groups, 'film or patient', 'films or patients')}; the intervals take them as independent and are too narrow by that.`,
        ]
      : []),
    ...(random.length > 0 && random.length < rows.length
      ? [
          `Started at random, while the others knew something: ${random.map(nameOf).join(', ')}. Between these and the others the table compares what they knew, not the networks.`,
        ]
      : []),
    ...(backends.length > 1 ? [`Run on different backends (${backends.join(', ')}): times do not compare.`] : []),
  ];
}
