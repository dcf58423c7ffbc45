import { classificationReport, confusionMatrix, wilson, wilsonDefaults, type Interval } from '../../metrics/index.js';
import { percent } from '../format.js';
import type { Markup } from '../markup.js';
import type { PaperRow } from '../paper/index.js';
import type { Predictions } from '../../predictions/index.js';
import { tableMarkup } from './markup.js';
import type { Column, ItemRow } from './table.js';

/** A row in the form of Tables I–VI; proportions in [0, 1], whatever is unknown left out. */
export interface MetricsRow {
  readonly model: string;
  readonly validationAccuracy?: number;
  readonly testAccuracy?: number;
  /** Confidence interval of the test accuracy. */
  readonly interval?: Interval;
  readonly precision?: number;
  readonly recall?: number;
  readonly f1?: number;
  /** A remark, set below the table behind a mark. */
  readonly note?: string;
  /** Whether the row is quoted for comparison: it is then set apart. Default false. */
  readonly quoted?: boolean;
}

/** Test accuracy with what it rests on. */
export interface TestResult {
  readonly correct: number;
  readonly total: number;
  readonly accuracy: number;
  readonly interval: Interval;
  /** Patients or films behind the images, where several images share one. */
  readonly groups: number;
}

/**
 * The row of one stage: accuracies of both parts; precision, recall and F1 of the test part averaged by support, as the
 * paper's are.
 *
 * @throws SpineError as the metrics do, `label-missing` for predictions without truth among them.
 */
export function metricsRow(
  model: string,
  { validation, test }: { readonly validation?: Predictions; readonly test?: Predictions },
  confidence: number = wilsonDefaults.confidence,
): MetricsRow {
  const tested = test && classificationReport(test);
  return {
    model,
    ...(validation && { validationAccuracy: testResult(validation, confidence).accuracy }),
    ...(test && { interval: testResult(test, confidence).interval }),
    ...(tested && {
      testAccuracy: tested.accuracy,
      precision: tested.weighted.precision,
      recall: tested.weighted.recall,
      f1: tested.weighted.f1,
    }),
  };
}

/** A row of the paper's, to stand below one's own. */
export function quotedRow({ model, note, ...perCent }: PaperRow): MetricsRow {
  // Printed with two decimals of a per cent: four of a fraction.
  const fraction = (figure: number) => Number((figure / 100).toFixed(4));
  return {
    model: `${model}, paper`,
    validationAccuracy: fraction(perCent.validationAccuracy),
    testAccuracy: fraction(perCent.testAccuracy),
    precision: fraction(perCent.precision),
    recall: fraction(perCent.recall),
    f1: fraction(perCent.f1),
    quoted: true,
    ...(note !== undefined && { note }),
  };
}

/** Correct predictions of all, with Wilson's interval. */
export function testResult(predictions: Predictions, confidence: number): TestResult {
  const { counts } = confusionMatrix(predictions);
  const correct = counts.reduce((sum, row, index) => sum + row[index]!, 0);
  const total = predictions.ids.length;
  return {
    correct,
    total,
    accuracy: correct / total,
    interval: wilson(correct, total, confidence),
    groups: new Set(predictions.groups).size,
  };
}

/** An HTML table in the form of Tables I–VI: per cent with two decimals, every text escaped. */
export function metricsTable(rows: readonly MetricsRow[], caption: string): string {
  return metricsMarkup(rows, caption).text;
}

/** {@link metricsTable} as markup. */
export function metricsMarkup(rows: readonly MetricsRow[], caption: string): Markup {
  const columns: readonly Column<MetricsRow>[] = [
    { heading: 'Model', value: ({ model }) => model },
    ...accuracyColumns,
    ...weightedColumns,
  ];
  return tableMarkup({ caption, columns, rows: rows.map(metricsTableRow) });
}

/** The row with what sets it apart. */
export function metricsTableRow<Item extends MetricsRow>(item: Item): ItemRow<Item> {
  return {
    kind: item.quoted === true ? 'quoted' : 'own',
    item,
    ...(item.note !== undefined && { note: item.note }),
  };
}

/** Accuracies of both parts, with the intervals that are known. */
export const accuracyColumns: readonly Column<MetricsRow & { readonly validationInterval?: Interval | undefined }>[] = [
  {
    heading: 'Validation accuracy',
    value: ({ validationAccuracy }) => validationAccuracy,
    figure: percent,
    interval: ({ validationInterval }) => validationInterval,
  },
  {
    heading: 'Test accuracy',
    value: ({ testAccuracy }) => testAccuracy,
    figure: percent,
    interval: ({ interval }) => interval,
  },
];

/** Means over the classes by support. */
export const weightedColumns: readonly Column<MetricsRow>[] = [
  { heading: 'Precision', value: ({ precision }) => precision, figure: percent },
  { heading: 'Recall', value: ({ recall }) => recall, figure: percent },
  { heading: 'F1', value: ({ f1 }) => f1, figure: percent },
];
