import { SpineError } from '../../errors.js';

/** What an epoch's log holds beside the measures. */
const reserved: readonly string[] = ['stage', 'epoch', 'loss', 'validationLoss', 'learningRate', 'seconds'];

/** What a measure of the validation samples is called in a log. */
export const validationName = (measure: string): string =>
  `validation${measure.charAt(0).toUpperCase()}${measure.slice(1)}`;

/**
 * Makes sure that each number of an epoch's log has a name of its own.
 *
 * @throws SpineError `invalid-argument`.
 */
export function checkMeasureNames(objective: string, measures: readonly string[]): void {
  const owners = new Map<string, string | undefined>(reserved.map((name) => [name, undefined]));
  for (const measure of measures) {
    for (const name of [measure, validationName(measure)]) {
      if (owners.has(name)) throw nameTaken(objective, measure, name, owners.get(name));
      owners.set(name, measure);
    }
  }
}

/** @param owner the other measure that goes by the name; undefined for what every log has. */
function nameTaken(objective: string, measure: string, name: string, owner: string | undefined): SpineError {
  const counted = `The objective "${objective}" counts "${measure}"`;
  const logged = name === measure ? '' : `, logged as "${name}" too`;
  const taken =
    owner === undefined
      ? "which an epoch's log has already"
      : `which is a name of "${owner}" in an epoch's log already`;
  return new SpineError('invalid-argument', `${counted}${logged}, ${taken}. Give it another name.`);
}
