import type * as tfl from '@tensorflow/tfjs-layers';
import { isPlainObject, isPromise, quoted } from '../../arguments.js';
import { handled } from '../../async.js';
import { errorAbout, isSpineError, SpineError } from '../../errors.js';
import {
  callback,
  givenOptions,
  listOf,
  names,
  oneOf,
  optionsOf,
  required,
  wholeNumber,
  yesOrNo,
  type Rule,
} from '../../options.js';
import { notPlain } from '../../plain.js';
import { checkMeasureNames } from './measureNames.js';
import type { Objective, PreparedObjective, TargetOptions, TrainingData } from './objective.js';

/** A {@link PreparedObjective} as training uses it: checked, under its name, with its defaults. */
export interface CheckedObjective extends PreparedObjective {
  readonly name: string;
  readonly takes: 'output' | 'logits';
}

const inList = (given: unknown) =>
  typeof given === 'string' || typeof given === 'number' ? `Put it into a list: [${quoted(given)}].` : undefined;

const measuresRule: Rule<PreparedObjective['measures']> = {
  expects: 'an object of functions by name, {} for none',
  accepts: (given) =>
    typeof given === 'object' &&
    given !== null &&
    !Array.isArray(given) &&
    // Of an instance of a class, a Map say, that shows no name, nothing would be counted.
    (isPlainObject(given) || Object.keys(given).length > 0) &&
    Object.values(given).every((measure) => typeof measure === 'function'),
};

const identityRule: Rule<unknown> = {
  expects: 'plain JSON',
  accepts: (given) => notPlain('identity', given) === undefined,
  advice: (given) => {
    const found = notPlain('identity', given);
    return (
      found && `${found.path} is ${found.what}; write it as texts, numbers, true, false, null, lists and plain objects.`
    );
  },
};

export const preparedObjectiveOptions = optionsOf<PreparedObjective>('what prepare gives', {
  takes: oneOf('output', 'logits'),
  head: { ...names, advice: inList },
  targetShape: required({ ...listOf(wholeNumber(1)), advice: inList }),
  targetOf: required(callback),
  loss: required(callback),
  measures: required(measuresRule),
  identity: identityRule,
  smoothsLabels: yesOrNo,
  begin: callback,
});

/**
 * Prepares an objective for a model and its data, and checks what it gives.
 *
 * @throws SpineError `invalid-argument` for what is no prepared objective, or has a field of another name; for measures
 *   that an epoch's log has no room for, and stages that ask for what the objective does not do. What `prepare` throws.
 */
export function prepareObjective(
  objective: Objective,
  model: tfl.LayersModel,
  data: TrainingData,
  stages: readonly (TargetOptions & { readonly name: string })[],
): CheckedObjective {
  const { name } = objective;
  if (typeof (name as unknown) !== 'string')
    throw new SpineError(
      'invalid-argument',
      `An objective needs a name, a text for messages and checkpoints, got ${quoted(name)}.`,
    );
  const prepared = objective.prepare(model, data);
  checkObjective(name, prepared, stages);
  const { takes = 'output', head, targetShape, identity } = prepared;
  // All is called on the object that was given, which may be of a class and have fields of its own.
  return {
    name,
    takes,
    ...(head && { head }),
    targetShape,
    identity,
    targetOf: (sample, reading) => prepared.targetOf(sample, reading),
    loss: (outputs, targets) => prepared.loss(outputs, targets),
    measures: Object.fromEntries(
      Object.keys(prepared.measures).map((measure) => [
        measure,
        (outputs, targets) => prepared.measures[measure]!(outputs, targets),
      ]),
    ),
    begin: () => prepared.begin?.(),
  };
}

/** @throws SpineError `invalid-argument`. */
function checkObjective(
  name: string,
  prepared: PreparedObjective,
  stages: readonly (TargetOptions & { readonly name: string })[],
): void {
  checkFields(name, prepared);
  checkMeasureNames(name, Object.keys(prepared.measures));
  const smoothing = stages.find(({ labelSmoothing = 0 }) => labelSmoothing > 0);
  if (smoothing && prepared.smoothsLabels !== true)
    throw new SpineError(
      'invalid-argument',
      `Stage "${smoothing.name}" asks for labelSmoothing, and the objective "${name}" has no labels to smooth.`,
    );
}

function checkFields(name: string, prepared: PreparedObjective): void {
  if (isPromise(prepared)) {
    void handled(Promise.resolve(prepared));
    throw new SpineError(
      'invalid-argument',
      `prepare of the objective "${name}" must give its result at once, got a promise. What takes time belongs into targetOf or begin.`,
    );
  }
  // An instance of a class has its methods from its prototype, and may have fields of its own.
  const isInstance = typeof prepared === 'object' && (prepared as unknown) !== null && !isPlainObject(prepared);
  const given = isInstance ? givenOptions(preparedObjectiveOptions, prepared) : prepared;
  try {
    preparedObjectiveOptions.check(given);
  } catch (error) {
    if (!isSpineError(error, 'invalid-argument')) throw error;
    throw errorAbout(`The objective "${name}"`, error);
  }
}
