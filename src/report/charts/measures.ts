import { nearest } from '../../arguments.js';
import { dataWith, numberOrNone } from '../../dataRules.js';
import { SpineError } from '../../errors.js';
import { listOf, required, text, wholeNumber, type Rule } from '../../options.js';
import type { EpochLog, History, StageHistory } from '../../training/index.js';

/** What a learning curve shows: 'loss', or what the objective counted, such as 'accuracy'. */
export type CurveMeasure = 'accuracy' | 'loss' | (string & Record<never, never>);

/** What every log holds beside the measures of the objective. */
const always: Readonly<Record<keyof EpochLog<never> | 'stage', true>> = {
  stage: true,
  epoch: true,
  loss: true,
  validationLoss: true,
  learningRate: true,
  seconds: true,
};

const epochRule: Rule<EpochLog<string>> = dataWith<EpochLog<string>>('the log of an epoch', {
  epoch: required(wholeNumber(1)),
  loss: required(numberOrNone),
  validationLoss: required(numberOrNone),
});

const stageRule: Rule<StageHistory<string>> = dataWith<StageHistory<string>>('a stage { name, bestEpoch, epochs }', {
  name: required(text),
  bestEpoch: required(numberOrNone),
  epochs: required(listOf(epochRule, 'a list of logs, one an epoch')),
});

/** A history by its fields; one that came through JSON has null for NaN. */
export const historyRule: Rule<History<string>> = dataWith<History<string>>('a history, as fineTune gives it', {
  stages: required(listOf(stageRule, 'a list of stages { name, bestEpoch, epochs }')),
});

/** The name under which a log has a measure of the validation samples. */
export const validationName = (measure: string) =>
  `validation${measure.charAt(0).toUpperCase()}${measure.slice(1)}` as const;

/** What was counted beside the loss, in the order of the logs; accuracy where no epoch was run. */
export function countedMeasures({ stages }: History<string>): readonly string[] {
  const logs = stages.flatMap(({ epochs }) => epochs);
  if (logs.length === 0) return ['accuracy'];
  const found = new Set(logs.flatMap((log) => Object.keys(log).filter((name) => isNumber(log[name]))));
  const candidates = [...found].filter((name) => !Object.hasOwn(always, name));
  return candidates.filter((name) => !candidates.some((other) => validationName(other) === name));
}

const isNumber = (value: unknown) => typeof value === 'number' || value === null;

/** @throws SpineError `invalid-argument` for what no log of the history has. */
export function checkMeasure(history: History<string>, measure: string): void {
  const known = [...countedMeasures(history), 'loss'];
  if (known.includes(measure)) return;
  const meant = nearest(measure, known);
  throw new SpineError(
    'invalid-argument',
    `The history has no measure ${JSON.stringify(measure)}. ${meant === undefined ? `It has: ${known.join(', ')}.` : `Do you mean "${meant}"?`}`,
  );
}
