import type { Comparison } from '../../../study/index.js';
import { wilsonDefaults } from '../../../metrics/index.js';
import { checked, oneOf, openFraction, optionsOf } from '../../../options.js';
import { comparisonRule } from './comparisonRule.js';
import { paperTaskRule, recognizePaperTask, type PaperTask } from '../../paper/index.js';

/** How {@link comparisonTable} tells a comparison. */
export interface ComparisonTableOptions {
  /** Default 'markdown'. 'csv' gives every figure as a fraction, unrounded. */
  readonly format?: 'markdown' | 'text' | 'csv';
  /** A row a model, or a row a class of each model. Default 'model'. */
  readonly by?: 'model' | 'class';
  /** Confidence of Wilson's intervals. Default 0.95. */
  readonly confidence?: number;
  /** Whose figures of the paper are quoted below. Default: recognized by the classes; `false` leaves them out. */
  readonly paperTask?: PaperTask | false;
}

/** The defaults of {@link ComparisonTableOptions}. */
export const comparisonTableDefaults = {
  format: 'markdown',
  by: 'model',
  confidence: wilsonDefaults.confidence,
} as const satisfies ComparisonTableOptions;

export const comparisonTableOptions = optionsOf<ComparisonTableOptions, typeof comparisonTableDefaults>(
  'comparisonTable',
  {
    format: oneOf('markdown', 'text', 'csv'),
    by: oneOf('model', 'class'),
    confidence: openFraction,
    paperTask: paperTaskRule,
  },
  comparisonTableDefaults,
);

/** What the tables are made with. */
export interface TableSettings {
  readonly confidence: number;
  readonly paperTask: PaperTask | undefined;
}

/**
 * What is known of the tables once their options were checked.
 *
 * @throws SpineError `invalid-argument` for something other than a comparison.
 */
export function tableSettings(
  comparison: Comparison,
  { confidence, paperTask }: Pick<TableSettings, 'confidence'> & Pick<ComparisonTableOptions, 'paperTask'>,
): TableSettings {
  checked('comparison', comparison, comparisonRule);
  return {
    confidence,
    paperTask: paperTask === false ? undefined : (paperTask ?? recognizePaperTask(comparison.classes)),
  };
}

/** The stages of the one schedule, by name. */
export function stageNames({ rows }: Comparison): readonly string[] {
  return rows[0]?.spec.stages.map(({ name }) => name) ?? [];
}
