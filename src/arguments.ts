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

/** Refuses what is not bytes where a file's content is needed: a path, say, or a Response of which nobody took the bytes. */
export function requireBytes(name: string, bytes: Uint8Array): void {
  const given: unknown = bytes;
  if (given instanceof Uint8Array) return;
  const hint = given instanceof ArrayBuffer ? ' Wrap it: new Uint8Array(buffer).' : typeof given === 'string' ? ' Read the file first.' : '';
  throw new SpineError('invalid-argument', `${name} needs the bytes of a file as a Uint8Array.${hint}`);
}
