import { quoted } from '../arguments.js';
import { SpineError } from '../errors.js';
import { either, optionsOf, record, required, wholeNumber, type Rule } from '../options.js';

/** Which outputs to explain: by index, by class name, or the `top` ones of the image. */
export type OutputSelection = readonly number[] | readonly string[] | { readonly top: number };

export const topOutputs = optionsOf<{ readonly top: number }>('outputs', { top: required(wholeNumber(1)) });

/** Which of a list there are is found out by {@link checkSelection}, which knows how many outputs and what names. */
const listedOutputs: Rule<readonly number[] | readonly string[]> = {
  expects: 'a list of indices or class names',
  accepts: Array.isArray,
};

export const outputsRule: Rule<OutputSelection> = {
  ...either(listedOutputs, record(topOutputs)),
  expects: 'a list of indices or class names, or { top: k }',
};

/** @throws SpineError `invalid-argument` unless the names are distinct and not empty. */
export function checkClasses(classes: readonly string[], outputCount: number | undefined): void {
  if (classes.some((name) => typeof name !== 'string' || name === '') || new Set(classes).size !== classes.length) {
    throw new SpineError(
      'invalid-argument',
      `Class names must be distinct and not empty, got ${JSON.stringify(classes)}.`,
    );
  }
  if (outputCount !== undefined && classes.length !== outputCount) {
    throw new SpineError(
      'invalid-argument',
      `${classes.length} class names were given for ${outputCount} outputs. Give one for each, in the order of the outputs.`,
    );
  }
}

/**
 * Finds what is wrong with a selection before anything is computed, as far as the number of outputs is known by then.
 *
 * @throws SpineError `invalid-argument` for an index or `top` out of range, a repeated output, an empty list;
 *   `unknown-label` for a name that is not among the classes.
 */
export function checkSelection(
  selection: OutputSelection | undefined,
  classes: readonly string[] | undefined,
  outputCount: number | undefined,
): void {
  if (selection === undefined) return;
  const range = outputCount === undefined ? 'a whole number' : `among the ${outputCount} outputs`;
  if ('top' in selection) {
    if (selection.top > (outputCount ?? Infinity))
      throw invalid(`outputs.top must be from 1 to ${outputCount}, got ${selection.top}.`);
    return;
  }
  if (selection.length === 0) throw invalid('outputs is empty. Leave it out to explain all outputs.');
  if (new Set<unknown>(selection).size !== selection.length) {
    throw invalid(`outputs names one twice: ${quoted(selection)}.`);
  }
  for (const output of selection) {
    if (typeof output === 'string') classIndex(output, classes);
    else if (!Number.isSafeInteger(output) || output < 0 || output >= (outputCount ?? Infinity)) {
      throw invalid(`outputs must be ${range}, counted from 0; got ${quoted(output)}.`);
    }
  }
}

/**
 * The indices of the selected outputs, in the order asked for; of `top`, the greatest output first and among equals
 * the lower index.
 *
 * @param outputs [k] of the image, nothing masked.
 */
export function selectedIndices(
  selection: OutputSelection | undefined,
  classes: readonly string[] | undefined,
  outputs: Float64Array,
): number[] {
  const all = Array.from(outputs, (_, index) => index);
  if (selection === undefined) return all;
  if ('top' in selection) {
    return all.sort((a, b) => outputs[b]! - outputs[a]! || a - b).slice(0, selection.top);
  }
  return Array.from<number | string, number>(selection, (output) =>
    typeof output === 'string' ? classIndex(output, classes) : output,
  );
}

function classIndex(name: string, classes: readonly string[] | undefined): number {
  if (classes === undefined) {
    throw invalid(`outputs asks for "${name}", but the explainer was given no class names. Pass classes, or indices.`);
  }
  const index = classes.indexOf(name);
  if (index < 0) {
    throw new SpineError(
      'unknown-label',
      `outputs asks for "${name}", which is not among the classes ${classes.join(', ')}.`,
    );
  }
  return index;
}

const invalid = (message: string) => new SpineError('invalid-argument', message);
