import type { ClassificationReport, ClassIntervals, ClassScores } from '../../metrics/index.js';
import { count, percent } from '../format.js';
import type { Markup } from '../markup.js';
import { tableMarkup } from './markup.js';
import { rowsOf, type Column } from './table.js';

/** The scores of a class or a mean of such, under a name; what is unknown is left out. */
export interface NamedScores extends Partial<ClassScores> {
  readonly name: string;
  readonly intervals?: ClassIntervals | undefined;
}

/** An HTML table of precision, recall, specificity and F1 of each class, with macro and weighted means. */
export function classTable(report: ClassificationReport, classes: readonly string[], caption: string): string {
  return classMarkup(report, classes, caption).text;
}

/** {@link classTable} as markup. */
export function classMarkup(report: ClassificationReport, classes: readonly string[], caption: string): Markup {
  const scores: readonly NamedScores[] = classes.map((name) => ({ name, ...report.perClass[name] }));
  const total = scores.reduce((sum, { support = 0 }) => sum + support, 0);
  const means = [
    { name: 'Mean over classes (macro)', ...report.macro, support: total },
    { name: 'Mean by support (weighted)', ...report.weighted, support: total },
  ];
  return tableMarkup({
    caption,
    columns: [{ heading: 'Class', value: ({ name }) => name }, ...scoreColumns],
    rows: [...rowsOf(scores, 'class'), ...rowsOf(means, 'mean')],
  });
}

const proportion = (heading: string, score: 'precision' | 'recall' | 'specificity'): Column<NamedScores> => ({
  heading,
  value: (scores) => scores[score],
  figure: percent,
  interval: ({ intervals }) => intervals?.[score],
});

/** The scores of a class, with the intervals that are known. */
export const scoreColumns: readonly Column<NamedScores>[] = [
  proportion('Precision', 'precision'),
  proportion('Recall', 'recall'),
  proportion('Specificity', 'specificity'),
  { heading: 'F1', value: ({ f1 }) => f1, figure: percent },
  { heading: 'Support', value: ({ support }) => support, figure: count },
];
