import {
  classificationReport,
  confusionMatrix,
  wilson,
  type ClassificationReport,
  type Interval,
} from '../../metrics/index.js';
import { count, percent } from '../format.js';
import { createReportDefaults } from '../page/index.js';
import { html, type Markup } from '../markup.js';
import type { Predictions } from '../../predictions/index.js';

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
  confidence: number = createReportDefaults.confidence,
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
  const notes = [...new Set(rows.flatMap(({ note }) => (note === undefined ? [] : [note])))];
  const mark = (note: string) => html`<sup>${String.fromCharCode(97 + (notes.indexOf(note) % 26))}</sup>`;
  return html`<div class="scroll">
      <table class="metrics">
        <caption>
          ${caption}
        </caption>
        <thead>
          <tr>
            <th scope="col">Model</th>
            <th scope="col" class="number">Validation accuracy</th>
            <th scope="col" class="number">Test accuracy</th>
            <th scope="col" class="number">Precision</th>
            <th scope="col" class="number">Recall</th>
            <th scope="col" class="number">F1</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr class="${row.quoted === true ? 'quoted' : 'own'}">
                <th scope="row"><bdi>${row.model}</bdi>${row.note !== undefined && mark(row.note)}</th>
                <td class="number">${percent(row.validationAccuracy)}</td>
                <td class="number">
                  ${percent(row.testAccuracy)}${row.interval && html` <span class="interval">${intervalText(row.interval)}</span>`}
                </td>
                <td class="number">${percent(row.precision)}</td>
                <td class="number">${percent(row.recall)}</td>
                <td class="number">${percent(row.f1)}</td>
              </tr> `,
          )}
        </tbody>
      </table>
    </div>
    ${notes.map((note) => html`<p class="note">${mark(note)} ${note}</p>`)}`;
}

/** An HTML table of precision, recall, specificity and F1 of each class, with macro and weighted means. */
export function classTable(report: ClassificationReport, classes: readonly string[], caption: string): string {
  return classMarkup(report, classes, caption).text;
}

/** {@link classTable} as markup. */
export function classMarkup(report: ClassificationReport, classes: readonly string[], caption: string): Markup {
  const scores = classes.map((name) => ({ name, ...report.perClass[name] }));
  const total = scores.reduce((sum, { support = 0 }) => sum + support, 0);
  const means = [
    { name: 'Mean over classes (macro)', ...report.macro, support: total },
    { name: 'Mean by support (weighted)', ...report.weighted, support: total },
  ];
  const row = (score: (typeof scores)[number], kind: string) =>
    html`<tr class="${kind}">
      <th scope="row"><bdi>${score.name}</bdi></th>
      <td class="number">${percent(score.precision)}</td>
      <td class="number">${percent(score.recall)}</td>
      <td class="number">${percent(score.specificity)}</td>
      <td class="number">${percent(score.f1)}</td>
      <td class="number">${score.support === undefined ? '–' : count(score.support)}</td>
    </tr> `;
  return html`<div class="scroll">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          <th scope="col">Class</th>
          <th scope="col" class="number">Precision</th>
          <th scope="col" class="number">Recall</th>
          <th scope="col" class="number">Specificity</th>
          <th scope="col" class="number">F1</th>
          <th scope="col" class="number">Support</th>
        </tr>
      </thead>
      <tbody>
        ${scores.map((score) => row(score, 'class'))}
      </tbody>
      <tbody class="means">
        ${means.map((score) => row(score, 'mean'))}
      </tbody>
    </table>
  </div>`;
}

/** '[95.41, 98.93]', in per cent. */
export function intervalText({ low, high }: Interval): string {
  return `[${percent(low)}, ${percent(high)}]`;
}
