import { quoted } from '../arguments.js';
import { SpineError } from '../errors.js';

/** Refuses an option that is no integer, or is below `least`. */
export function checkInteger(name: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new SpineError('invalid-argument', `${name} must be an integer of at least ${least}, got ${quoted(value)}.`);
  }
}
