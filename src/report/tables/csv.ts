import type { Comparison, TrialResult, Measurement } from '../../study/index.js';
import { classificationIntervals, type Interval } from '../../metrics/index.js';
import { paperModelNames, paperTable, type PaperRow } from '../paper/index.js';
import { measuredAfter } from './rows.js';
import { stageNames, type TableSettings } from './settings.js';

type Value = string | number | undefined;
type Record = Readonly<{ [column: string]: Value }>;

const modelColumns = [
  'stage',
  'model',
  'source',
  'backbone',
  'variant',
  'pretrained',
  'parameters',
  'backend',
  'seconds',
  'validation_images',
  'validation_accuracy',
  'validation_accuracy_low',
  'validation_accuracy_high',
  'test_images',
  'test_accuracy',
  'test_accuracy_low',
  'test_accuracy_high',
  'weighted_precision',
  'weighted_recall',
  'weighted_f1',
  'macro_precision',
  'macro_recall',
  'macro_specificity',
  'macro_f1',
  'error_code',
  'error_message',
] as const;

const classColumns = [
  'stage',
  'model',
  'class',
  'support',
  'precision',
  'precision_low',
  'precision_high',
  'recall',
  'recall_low',
  'recall_high',
  'specificity',
  'specificity_low',
  'specificity_high',
  'f1',
  'error_code',
  'error_message',
] as const;

/** Every stage and model as rows of RFC 4180; figures are fractions, unrounded. `source` is 'run' or 'paper'. */
export function modelsCsv(comparison: Comparison, { confidence, paperTask }: TableSettings): string {
  const { rows } = comparison;
  const records = stageNames(comparison).flatMap((stage, index) => {
    const paper = (paperTask && paperTable(paperTask, index)?.rows) ?? [];
    return [
      ...rows.map((row) => ({ stage, ...modelRecord(row, index, confidence) })),
      ...paper
        .filter(({ model }) => rows.some(({ record }) => paperModelNames[record.backbone] === model))
        .map((row) => ({ stage, ...paperRecord(row) })),
    ];
  });
  return csv(modelColumns, records);
}

/** Every stage, model and class on the test part. */
export function classesCsv(comparison: Comparison, { confidence }: TableSettings): string {
  const records = stageNames(comparison).flatMap((stage, index) =>
    comparison.rows.flatMap((row): Record[] => {
      const model = row.record.name;
      if ('error' in row) return [{ stage, model, ...errorOf(row) }];
      const measured = measuredAfter(row, index);
      return measured === undefined
        ? []
        : classRecords(measured.test, confidence).map((record) => ({ stage, model, ...record }));
    }),
  );
  return csv(classColumns, records);
}

function modelRecord(row: TrialResult, stage: number, confidence: number): Record {
  const { name, backbone, variant, pretrained } = row.record;
  const known = {
    model: name,
    source: 'run',
    backbone,
    variant,
    pretrained: pretrained === true ? 'yes' : 'no',
    backend: row.backend,
    seconds: row.seconds,
  };
  if ('error' in row) return { ...known, ...errorOf(row) };
  const measured = measuredAfter(row, stage);
  const { weighted, macro } = measured?.test.report ?? {};
  return {
    ...known,
    parameters: row.parameters,
    ...accuracyRecord('validation', measured?.validation, confidence),
    ...accuracyRecord('test', measured?.test, confidence),
    weighted_precision: weighted?.precision,
    weighted_recall: weighted?.recall,
    weighted_f1: weighted?.f1,
    macro_precision: macro?.precision,
    macro_recall: macro?.recall,
    macro_specificity: macro?.specificity,
    macro_f1: macro?.f1,
  };
}

function accuracyRecord(part: 'validation' | 'test', measurement: Measurement | undefined, confidence: number): Record {
  if (measurement === undefined) return {};
  const { accuracy } = classificationIntervals(measurement.confusion, confidence);
  return {
    [`${part}_images`]: measurement.samples,
    ...bounded(`${part}_accuracy`, measurement.report.accuracy, accuracy),
  };
}

function classRecords({ report, confusion }: Measurement, confidence: number): Record[] {
  const { perClass } = classificationIntervals(confusion, confidence);
  return Object.entries(report.perClass).map(([name, { precision, recall, specificity, f1, support }]) => ({
    class: name,
    support,
    ...bounded('precision', precision, perClass[name]?.precision),
    ...bounded('recall', recall, perClass[name]?.recall),
    ...bounded('specificity', specificity, perClass[name]?.specificity),
    f1,
  }));
}

function paperRecord({ model, validationAccuracy, testAccuracy, precision, recall, f1 }: PaperRow): Record {
  // Printed with two decimals of a per cent: four of a fraction.
  const fraction = (perCent: number) => Number((perCent / 100).toFixed(4));
  return {
    model,
    source: 'paper',
    validation_accuracy: fraction(validationAccuracy),
    test_accuracy: fraction(testAccuracy),
    weighted_precision: fraction(precision),
    weighted_recall: fraction(recall),
    weighted_f1: fraction(f1),
  };
}

const bounded = (name: string, value: number, interval: Interval | undefined): Record => ({
  [name]: value,
  [`${name}_low`]: interval?.low,
  [`${name}_high`]: interval?.high,
});

const errorOf = ({ error }: Extract<TrialResult, { readonly error: unknown }>): Record => ({
  error_code: error.code,
  error_message: error.message,
});

function csv(columns: readonly string[], records: readonly Record[]): string {
  const quoted = (value: Value) => {
    const text = value === undefined ? '' : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [columns, ...records.map((record) => columns.map((column) => record[column]))]
    .map((cells) => `${cells.map(quoted).join(',')}\n`)
    .join('');
}
