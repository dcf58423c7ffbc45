import { SpineError } from './errors.js';

/**
 * Refuses a missing options object where something in it is needed, as plain JavaScript may leave it out.
 *
 * @param needed such as `{ seed }`.
 */
export function requireOptions(name: string, options: object, needed: string): void {
  const given: unknown = options;
  if (typeof given === 'object' && given !== null) return;
  throw new SpineError('invalid-argument', `${name} needs an object with at least ${needed}, got ${String(given)}.`);
}
