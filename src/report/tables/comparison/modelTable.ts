import type { Comparison, Measurement, TrialResult } from '../../../study/index.js';
import { capitalized, confidencePercent, count, duration, percent, plural } from '../../format.js';
import { paperTaskNames } from '../../paper/index.js';
import { accuracyColumns, metricsTableRow, weightedColumns } from '../metricsTable.js';
import type { Column, Table } from '../table.js';
import {
  accuracyInterval,
  failedRow,
  isFailed,
  measuredAfter,
  modelResults,
  quotedTable,
  type ModelResult,
} from './results.js';
import { stageNames, type TableSettings } from './settings.js';

const columns: readonly Column<ModelResult>[] = [
  { heading: 'Model', value: ({ model }) => model },
  {
    heading: 'Parameters',
    value: ({ trial }) => (trial && !isFailed(trial) ? trial.parameters : undefined),
    figure: count,
  },
  ...accuracyColumns,
  ...weightedColumns,
  { heading: 'Macro F1', value: ({ measured }) => measured?.test.report.macro.f1, figure: percent },
  { heading: 'Time', value: ({ trial }) => trial?.seconds, figure: duration },
];

/** One stage of a comparison in the form of Tables I–VI: a row a model, the paper's own below. */
export function modelTable(comparison: Comparison, stage: number, settings: TableSettings): Table<ModelResult> {
  const { rows, classes } = comparison;
  const { confidence, paperTask } = settings;
  const paper = quotedTable(comparison, stage, settings);
  const tested = rows.flatMap((trial) => measuredAfter(trial, stage)?.test ?? []);
  const task = paperTask ? paperTaskNames[paperTask] : plural(classes.length, 'class', 'classes');
  const form = paper ? ` (in the form of Table ${paper.number})` : '';
  return {
    caption: `${capitalized(task)}, after ${stageNames(comparison)[stage] ?? ''}${form}. ${rankingSentence(tested, confidence)}`,
    columns,
    rows: modelResults(comparison, stage, settings).map((result) =>
      result.trial && isFailed(result.trial) ? failedRow(result.trial) : metricsTableRow(result),
    ),
    notes: notes(rows, tested, confidence),
  };
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

function notes(trials: readonly TrialResult[], tested: readonly Measurement[], confidence: number): string[] {
  const first = tested[0];
  const random = trials.filter(({ spec }) => spec.pretrained !== true);
  const backends = [...new Set(trials.map(({ backend }) => backend))];
  return [
    `In per cent. Brackets: Wilson’s ${confidencePercent(confidence)} % interval of an accuracy. Precision, recall and F1 are means over the classes weighted by support, as the paper’s are; macro F1 counts each class alike. They are no proportions of counted images and have no interval here: theirs would take a bootstrap.`,
    'The best of several test accuracies is too high by luck: choose a model by the validation part.',
    ...(first !== undefined && first.groups < first.samples
      ? [
          `The ${plural(first.samples, 'test image')} come from ${plural(first.groups, 'film or patient', 'films or patients')}; the intervals take them as independent and are too narrow by that.`,
        ]
      : []),
    ...(random.length > 0 && random.length < trials.length
      ? [
          `Started at random, while the others knew something: ${random.map(({ spec }) => spec.name).join(', ')}. Between these and the others the table compares what they knew, not the networks.`,
        ]
      : []),
    ...(backends.length > 1 ? [`Run on different backends (${backends.join(', ')}): times do not compare.`] : []),
  ];
}
