import { SpineError } from './errors.js';

/**
 * Refuses a missing options object where something in it is needed, as plain JavaScript may leave it out.
 *
 * @param needed such as `{ seed }`.
 */
export function requireOptions(name: string, options: object, needed: string): void {
  const given: unknown = options;
  if (typeof given === 'object' && given !== null) return;
  throw new SpineError('invalid-argument', `${name} needs an object with at least ${needed}, got ${quoted(given)}.`);
}

/**
 * Refuses anything but bytes where a file's content is needed: a path, say, or a Response whose bytes were not taken.
 */
export function requireBytes(name: string, bytes: Uint8Array): void {
  const given: unknown = bytes;
  if (given instanceof Uint8Array) return;
  const hint =
    given instanceof ArrayBuffer
      ? ' Wrap it: new Uint8Array(buffer).'
      : typeof given === 'string'
        ? ' Read the file first.'
        : '';
  throw new SpineError('invalid-argument', `${name} needs the bytes of a file as a Uint8Array.${hint}`);
}

/** The name that was probably meant by a misspelt one, if any is close: at most a third of the letters differ. */
export function nearest(given: string, names: readonly string[]): string | undefined {
  const distances = names.map((name) => ({ name, distance: editDistance(given.toLowerCase(), name.toLowerCase()) }));
  const [closest] = distances.sort((a, b) => a.distance - b.distance);
  return closest !== undefined && closest.distance <= closest.name.length / 3 ? closest.name : undefined;
}

/** Levenshtein's: how many letters have to be put in, taken out or replaced. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...a].entries()) {
    const next = [index + 1];
    for (let at = 1; at <= b.length; at++) {
      next.push(Math.min(row[at]! + 1, next[at - 1]! + 1, row[at - 1]! + (letter === b[at - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}

/** What was given, for a message: text in quotes, lists and plain objects as JSON, everything else by what it is. */
export function quoted(given: unknown): string {
  if (typeof given === 'string') return JSON.stringify(given);
  if (typeof given === 'function') return 'a function';
  if (typeof given !== 'object' || given === null) return String(given);
  if (isPromise(given)) return 'a promise';
  if (!Array.isArray(given) && !isPlainObject(given)) return withArticle(className(given));
  try {
    const text = JSON.stringify(given);
    return text.length <= longestQuote ? text : `${text.slice(0, longestQuote)}…`;
  } catch {
    return Array.isArray(given) ? 'a list' : 'an object';
  }
}

/** The name of the class of something, or what else it is where it has none. */
function className(given: object): string {
  const maker: unknown = given.constructor;
  return typeof maker === 'function' && maker.name !== '' ? maker.name : 'object of a class';
}

const withArticle = (noun: string) => `${/^[aeio]/i.test(noun) ? 'an' : 'a'} ${noun}`;

const longestQuote = 120;

/** Whether something is an object of names and values, and neither a list nor of a class. */
export function isPlainObject(given: unknown): given is Readonly<Record<string, unknown>> {
  if (typeof given !== 'object' || given === null) return false;
  const prototype: unknown = Object.getPrototypeOf(given);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

export const isPromise = (given: unknown): boolean =>
  typeof (given as { then?: unknown } | null | undefined)?.then === 'function';
