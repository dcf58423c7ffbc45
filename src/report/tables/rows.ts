import type { ComparisonRow, FailedRow, FinishedRow, MeasuredStage } from '../../study/index.js';
import type { Row } from './table.js';

export const nameOf = ({ record }: ComparisonRow): string => record.name;

export function finishedRows(rows: readonly ComparisonRow[]): readonly FinishedRow[] {
  return rows.filter((row): row is FinishedRow => !('error' in row));
}

/** What was measured at the end of a stage, by its place in the schedule. */
export function measuredAfter(row: FinishedRow, stage: number): MeasuredStage | undefined {
  return row.stages[stage];
}

export function failedRow(row: FailedRow): Row {
  return { kind: 'failed', heading: nameOf(row), cells: [{ text: `failed, ${row.error.code}: ${row.error.message}` }] };
}
