import type { Comparison } from '../../../study/index.js';
import { SpineError } from '../../../errors.js';
import { markdownTable, textTable } from '../texts.js';
import { classesTable } from './classesTable.js';
import { modelTable } from './modelTable.js';
import { classesCsv, modelsCsv } from './records.js';
import { comparisonTableDefaults, stageNames, tableSettings, type ComparisonTableOptions } from './settings.js';

/**
 * A comparison in the form of the paper's Tables I–VI, a table a stage: validation and test accuracy with Wilson's
 * intervals, precision, recall and F1 weighted by support, macro F1; or, by class, precision, recall and specificity with
 * theirs. Rows that failed show their error. Below stand the paper's figures for the same backbones, where the task is
 * the paper's: context, not a comparison on equal terms.
 *
 * @returns Markdown, plain text, or CSV of one header and every stage.
 * @throws SpineError `invalid-argument` for an option out of range or something that is no comparison.
 */
export function comparisonTable(comparison: Comparison, options: ComparisonTableOptions = {}): string {
  const { format = comparisonTableDefaults.format, by = comparisonTableDefaults.by } = options;
  const settings = tableSettings(comparison, options);
  if (by !== 'model' && by !== 'class')
    throw new SpineError('invalid-argument', `by must be 'model' or 'class', got ${JSON.stringify(by)}.`);
  if (format === 'csv') return by === 'model' ? modelsCsv(comparison, settings) : classesCsv(comparison, settings);
  if (format !== 'markdown' && format !== 'text')
    throw new SpineError(
      'invalid-argument',
      `format must be 'markdown', 'text' or 'csv', got ${JSON.stringify(format)}.`,
    );
  const write = format === 'markdown' ? markdownTable : textTable;
  return stageNames(comparison)
    .map((_, stage) =>
      by === 'model'
        ? write(modelTable(comparison, stage, settings))
        : write(classesTable(comparison, stage, settings)),
    )
    .join('\n');
}
