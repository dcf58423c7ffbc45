import type { Comparison, Measurement } from '../../study/index.js';
import { classificationIntervals, type ClassIntervals, type Scores } from '../../metrics/index.js';
import { confidencePercent, count, percent } from '../format.js';
import { intervalText } from './metricsTable.js';
import { failedRow, measuredAfter, nameOf } from './rows.js';
import type { TableSettings } from './settings.js';
import type { Cell, Row, Table } from './table.js';

/** One stage of a comparison on the test part: a row a class of each model, and the mean over its classes. */
export function classesTable(comparison: Comparison, stage: number, { confidence }: TableSettings): Table {
  const stageName = comparison.rows[0]?.record.stages[stage]?.name ?? '';
  return {
    caption: `By class, test part, after ${stageName}`,
    columns: [
      { heading: 'Model, class', number: false },
      ...['Precision', 'Recall', 'Specificity', 'F1', 'Support'].map((heading) => ({ heading, number: true })),
    ],
    rows: comparison.rows.flatMap((row) => {
      if ('error' in row) return [failedRow(row)];
      const measured = measuredAfter(row, stage);
      return measured === undefined ? [] : classRows(nameOf(row), measured.test, confidence);
    }),
    notes: [
      `In per cent. Brackets: Wilson’s ${confidencePercent(confidence)} % interval, where a figure is a proportion of counted images: of those of the class (recall), of those called it (precision), of those of other classes (specificity). F1 and means over classes are none.`,
    ],
  };
}

function classRows(model: string, { report, confusion, samples }: Measurement, confidence: number): Row[] {
  const { perClass } = classificationIntervals(confusion, confidence);
  const row = (heading: string, scores: Scores, support: number, intervals: ClassIntervals = {}): Row => {
    const cell = (score: 'precision' | 'recall' | 'specificity'): Cell => {
      const interval = intervals[score];
      return { text: percent(scores[score]), ...(interval && { interval: intervalText(interval) }) };
    };
    return {
      kind: 'own',
      heading: `${model}, ${heading}`,
      cells: [
        cell('precision'),
        cell('recall'),
        cell('specificity'),
        { text: percent(scores.f1) },
        { text: count(support) },
      ],
    };
  };
  return [
    ...Object.entries(report.perClass).map(([name, scores]) => row(name, scores, scores.support, perClass[name])),
    row('mean over classes (macro)', report.macro, samples),
  ];
}
