import type { Comparison, MeasuredStage } from '../../../study/index.js';
import { csvTable } from '../csv.js';
import type { Column } from '../table.js';
import { classResults, isFailed, modelResults, type ClassResult, type ModelResult } from './results.js';
import { stageNames, type TableSettings } from './settings.js';

/** Every stage and model as CSV; figures are fractions, unrounded. `source` is 'run' or 'paper'. */
export function modelsCsv(comparison: Comparison, settings: TableSettings): string {
  const results = stageNames(comparison).flatMap((_, stage) => modelResults(comparison, stage, settings));
  return csvTable(modelColumns, results);
}

/** Every stage, model and class on the test part as CSV. */
export function classesCsv(comparison: Comparison, settings: TableSettings): string {
  const results = stageNames(comparison).flatMap((_, stage) => classResults(comparison, stage, settings));
  return csvTable(classColumns, results);
}

const finished = ({ trial }: ModelResult) => (trial === undefined || isFailed(trial) ? undefined : trial);
const macro = ({ measured }: { readonly measured?: MeasuredStage }) => measured?.test.report.macro;
const error = ({ trial }: Pick<ModelResult, 'trial'>) => (trial && isFailed(trial) ? trial.error : undefined);

const errorColumns: readonly Column<Pick<ModelResult, 'trial'>>[] = [
  { heading: 'error_code', value: (result) => error(result)?.code },
  { heading: 'error_message', value: (result) => error(result)?.message },
];

const modelColumns: readonly Column<ModelResult>[] = [
  { heading: 'stage', value: ({ stage }) => stage },
  { heading: 'model', value: ({ name }) => name },
  { heading: 'source', value: ({ trial }) => (trial === undefined ? 'paper' : 'run') },
  { heading: 'backbone', value: ({ trial }) => trial?.spec.backbone },
  { heading: 'variant', value: ({ trial }) => trial?.spec.variant },
  { heading: 'pretrained', value: ({ trial }) => trial && (trial.spec.pretrained === true ? 'yes' : 'no') },
  { heading: 'parameters', value: (result) => finished(result)?.parameters },
  { heading: 'backend', value: ({ trial }) => trial?.backend },
  { heading: 'seconds', value: ({ trial }) => trial?.seconds },
  { heading: 'validation_images', value: ({ measured }) => measured?.validation.samples },
  {
    heading: 'validation_accuracy',
    value: ({ validationAccuracy }) => validationAccuracy,
    interval: ({ validationInterval }) => validationInterval,
  },
  { heading: 'test_images', value: ({ measured }) => measured?.test.samples },
  { heading: 'test_accuracy', value: ({ testAccuracy }) => testAccuracy, interval: ({ interval }) => interval },
  { heading: 'weighted_precision', value: ({ precision }) => precision },
  { heading: 'weighted_recall', value: ({ recall }) => recall },
  { heading: 'weighted_f1', value: ({ f1 }) => f1 },
  { heading: 'macro_precision', value: (result) => macro(result)?.precision },
  { heading: 'macro_recall', value: (result) => macro(result)?.recall },
  { heading: 'macro_specificity', value: (result) => macro(result)?.specificity },
  { heading: 'macro_f1', value: (result) => macro(result)?.f1 },
  ...errorColumns,
];

const classColumns: readonly Column<ClassResult>[] = [
  { heading: 'stage', value: ({ stage }) => stage },
  { heading: 'model', value: ({ trial }) => trial.spec.name },
  { heading: 'class', value: ({ name }) => name },
  { heading: 'support', value: ({ support }) => support },
  { heading: 'precision', value: ({ precision }) => precision, interval: ({ intervals }) => intervals?.precision },
  { heading: 'recall', value: ({ recall }) => recall, interval: ({ intervals }) => intervals?.recall },
  {
    heading: 'specificity',
    value: ({ specificity }) => specificity,
    interval: ({ intervals }) => intervals?.specificity,
  },
  { heading: 'f1', value: ({ f1 }) => f1 },
  ...errorColumns,
];
