import type { Comparison } from '../../../study/index.js';
import { confidencePercent } from '../../format.js';
import { scoreColumns, type NamedScores } from '../classTable.js';
import { rowsOf, type Row, type Table } from '../table.js';
import { classResults, failedRow, isFailed, measuredAfter } from './results.js';
import { stageNames, type TableSettings } from './settings.js';

/** One stage of a comparison on the test part: a row a class of each model, and the mean over its classes. */
export function classesTable(comparison: Comparison, stage: number, settings: TableSettings): Table<NamedScores> {
  const results = classResults(comparison, stage, settings);
  return {
    caption: `By class, test part, after ${stageNames(comparison)[stage] ?? ''}`,
    columns: [{ heading: 'Model, class', value: ({ name }) => name }, ...scoreColumns],
    rows: comparison.rows.flatMap((trial): Row<NamedScores>[] => {
      if (isFailed(trial)) return [failedRow(trial)];
      const measured = measuredAfter(trial, stage);
      if (measured === undefined) return [];
      const mean = { name: 'mean over classes (macro)', ...measured.test.report.macro, support: measured.test.samples };
      const scores = [...results.filter((result) => result.trial === trial), mean];
      return rowsOf(
        scores.map((of) => ({ ...of, name: `${trial.spec.name}, ${of.name}` })),
        'own',
      );
    }),
    notes: [
      `In per cent. Brackets: Wilson’s ${confidencePercent(settings.confidence)} % interval, where a figure is a proportion of counted images: of those of the class (recall), of those called it (precision), of those of other classes (specificity). F1 and means over classes are none.`,
    ],
  };
}
