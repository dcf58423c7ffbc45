import type { TrialResult, FailedTrial, FinishedTrial, MeasuredStage } from '../../study/index.js';
import type { Row } from './table.js';

export const nameOf = ({ record }: TrialResult): string => record.name;

export function finishedRows(rows: readonly TrialResult[]): readonly FinishedTrial[] {
  return rows.filter((row): row is FinishedTrial => !('error' in row));
}

/** What was measured at the end of a stage, by its place in the schedule. */
export function measuredAfter(row: FinishedTrial, stage: number): MeasuredStage | undefined {
  return row.stages[stage];
}

export function failedRow(row: FailedTrial): Row {
  return { kind: 'failed', heading: nameOf(row), cells: [{ text: `failed, ${row.error.code}: ${row.error.message}` }] };
}
