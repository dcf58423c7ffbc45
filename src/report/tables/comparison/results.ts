import { classificationIntervals, type Interval } from '../../../metrics/index.js';
import type {
  Comparison,
  FailedTrial,
  FinishedTrial,
  MeasuredStage,
  Measurement,
  TrialResult,
} from '../../../study/index.js';
import { paperModelNames, paperTable, type PaperTable } from '../../paper/index.js';
import type { NamedScores } from '../classTable.js';
import { quotedRow, type MetricsRow } from '../metricsTable.js';
import type { FailedRow } from '../table.js';
import { stageNames, type TableSettings } from './settings.js';

/** A model after one stage: as it was measured, as it failed, or as the paper has it. */
export interface ModelResult extends MetricsRow {
  readonly stage: string;
  /** As it is called where it was run; in a table a model of the paper's is told apart by `model`. */
  readonly name: string;
  /** Absent where the paper is quoted. */
  readonly trial?: TrialResult;
  readonly measured?: MeasuredStage;
  readonly validationInterval?: Interval;
}

/** One class of a model after one stage, on the test part; a single one without a name of a trial that failed. */
export interface ClassResult extends NamedScores {
  readonly stage: string;
  readonly trial: TrialResult;
}

/** Every trial after a stage, then the paper's rows of the same backbones. */
export function modelResults(comparison: Comparison, stage: number, settings: TableSettings): readonly ModelResult[] {
  const stageName = stageNames(comparison)[stage] ?? '';
  const quoted = quotedTable(comparison, stage, settings)?.rows ?? [];
  return [
    ...comparison.rows.map((trial): ModelResult => {
      const measured = measuredAfter(trial, stage);
      const isQuoted = quoted.some(({ model }) => model === paperModelNames[trial.spec.backbone]);
      const note = isQuoted && !isFailed(trial) ? reduction(trial) : undefined;
      return {
        stage: stageName,
        name: trial.spec.name,
        model: trial.spec.name,
        trial,
        ...(measured && { measured, ...figures(measured, settings) }),
        ...(note !== undefined && { note }),
      };
    }),
    ...quoted.map((row) => ({ stage: stageName, name: row.model, ...quotedRow(row) })),
  ];
}

/** The paper's table of this stage, cut down to the backbones that were compared. */
export function quotedTable({ rows }: Comparison, stage: number, { paperTask }: TableSettings): PaperTable | undefined {
  const table = paperTask && paperTable(paperTask, stage);
  const compared = new Set(rows.map(({ spec }) => paperModelNames[spec.backbone]));
  return table && { ...table, rows: table.rows.filter(({ model }) => compared.has(model)) };
}

/** Every class of every trial after a stage, on the test part. */
export function classResults(
  comparison: Comparison,
  stage: number,
  { confidence }: TableSettings,
): readonly ClassResult[] {
  const stageName = stageNames(comparison)[stage] ?? '';
  return comparison.rows.flatMap((trial): ClassResult[] => {
    const of = { stage: stageName, trial };
    if (isFailed(trial)) return [{ ...of, name: '' }];
    const measured = measuredAfter(trial, stage);
    if (measured === undefined) return [];
    const { report, confusion } = measured.test;
    const { perClass } = classificationIntervals(confusion, confidence);
    return comparison.classes.map((name) => ({
      ...of,
      name,
      ...report.perClass[name],
      intervals: perClass[name],
    }));
  });
}

function figures({ validation, test }: MeasuredStage, { confidence }: TableSettings) {
  const { accuracy, weighted } = test.report;
  return {
    validationAccuracy: validation.report.accuracy,
    validationInterval: accuracyInterval(validation, confidence),
    testAccuracy: accuracy,
    interval: accuracyInterval(test, confidence),
    precision: weighted.precision,
    recall: weighted.recall,
    f1: weighted.f1,
  };
}

/** Wilson's interval of the accuracy, from the counts. */
export function accuracyInterval({ confusion }: Measurement, confidence: number): Interval {
  return classificationIntervals(confusion, confidence).accuracy;
}

/** What was measured at the end of a stage, by its place in the schedule; nothing of a trial that failed. */
export function measuredAfter(trial: TrialResult, stage: number): MeasuredStage | undefined {
  return isFailed(trial) ? undefined : trial.stages[stage];
}

// Not isFinished of study, whose door leads to all of training.
export function isFailed(trial: TrialResult): trial is FailedTrial {
  return 'error' in trial;
}

/** A trial that failed, with its error across the columns. */
export function failedRow({ spec, error }: FailedTrial): FailedRow {
  return { kind: 'failed', heading: spec.name, failure: `failed, ${error.code}: ${error.message}` };
}

/** What to know of a row that stands beside a whole network of the paper's. */
function reduction({ spec: { width = 1, endBlock } }: FinishedTrial): string | undefined {
  const cuts = [
    ...(width === 1 ? [] : [`${width} times its filters`]),
    ...(endBlock === undefined ? [] : [`built up to block ${endBlock}`]),
  ];
  return cuts.length === 0 ? undefined : `Not the whole network that the paper has: ${cuts.join(', ')}.`;
}
