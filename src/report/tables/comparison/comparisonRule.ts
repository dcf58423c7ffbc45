import { checkMatrix, dataWith } from '../../../dataRules.js';
import type { ClassificationReport, ConfusionMatrix, Scores } from '../../../metrics/index.js';
import { finiteNumber, listOf, names, required, text, wholeNumber, type Rule } from '../../../options.js';
import type { Comparison, MeasuredStage, Measurement, TrialResult, TrialSpec } from '../../../study/index.js';

const scoresRule: Rule<Scores> = dataWith<Scores>('scores { precision, recall, specificity, f1 }', {
  precision: required(finiteNumber),
  recall: required(finiteNumber),
  f1: required(finiteNumber),
});

const measurementRule: Rule<Measurement> = dataWith<Measurement>(
  'a measurement { samples, groups, report, confusion }',
  {
    samples: required(wholeNumber(1)),
    groups: required(wholeNumber(1)),
    report: required(
      dataWith<ClassificationReport>('a classification report', {
        accuracy: required(finiteNumber),
        perClass: required(dataWith<ClassificationReport['perClass']>('scores by class name', {})),
        macro: required(scoresRule),
        weighted: required(scoresRule),
      }),
    ),
    confusion: required({
      ...dataWith<ConfusionMatrix>('a confusion matrix { classes, counts }', {}),
      complete: (given) => (checkMatrix(given as ConfusionMatrix), given),
    }),
  },
);

const stageRule: Rule<MeasuredStage> = dataWith<MeasuredStage>('a measured stage { name, validation, test }', {
  name: required(text),
  validation: required(measurementRule),
  test: required(measurementRule),
});

const specRule: Rule<TrialSpec> = dataWith<TrialSpec>('the spec of a trial', {
  name: required(text),
  stages: required(listOf(dataWith<TrialSpec['stages'][number]>('a stage with its name', { name: required(text) }))),
});

type Failure = { readonly code: string; readonly message: string };

interface AnyRow {
  readonly spec: TrialSpec;
  readonly seconds: number;
  readonly error: Failure;
  readonly parameters: number;
  readonly stages: readonly MeasuredStage[];
}

const shared = { spec: required(specRule), seconds: required(finiteNumber) };

const failedRule = dataWith<AnyRow>('a row', {
  ...shared,
  error: required(dataWith<Failure>('an error { code, message }', { code: required(text), message: required(text) })),
});

const finishedRule = dataWith<AnyRow>('a row', {
  ...shared,
  parameters: required(wholeNumber(0)),
  stages: required(listOf(stageRule, 'a list of measured stages { name, validation, test }')),
});

const rowRule: Rule<TrialResult> = {
  expects: 'a row, as compareBackbones gives it',
  accepts: finishedRule.accepts,
  complete: (given, path) => ('error' in (given as object) ? failedRule : finishedRule).complete!(given, path),
};

/** A comparison by what its tables tell. */
export const comparisonRule: Rule<Comparison> = dataWith<Comparison>('a comparison, as compareBackbones gives it', {
  classes: required(names),
  rows: required(listOf(rowRule, 'a list of rows, as compareBackbones gives them')),
});
