import { isPromise, quoted } from '../arguments.js';
import { SpineError } from '../errors.js';
import type { Dataset, Sample } from './sample.js';

/**
 * Refuses anything but a list of samples, before one is read.
 *
 * @param name what the data set is called, such as `The train set`.
 * @param hint what else to do if it is not a list.
 * @throws SpineError `invalid-argument`.
 */
export function requireDataset(name: string, dataset: Dataset, hint = ''): void {
  const given: unknown = dataset;
  const fail = (message: string): never => {
    throw new SpineError('invalid-argument', message);
  };
  if (!Array.isArray(given))
    fail(`${name} must be a list of samples, got ${quoted(given)}.${isPromise(given) ? ' Await it.' : hint}`);
  const stray = dataset.findIndex((sample) => !isSample(sample));
  if (stray >= 0)
    fail(
      `${name} must hold samples, each an object with an id and a function load; at position ${stray} is ${quoted(dataset[stray])}.`,
    );
}

function isSample(given: unknown): boolean {
  const { id, load } = (given ?? {}) as Partial<Sample>;
  return typeof id === 'string' && typeof load === 'function';
}
