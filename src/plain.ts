import { isPlainObject, quoted } from './arguments.js';

/** JSON knows no such numbers; a history without validation samples holds NaN. */
const unusual: Readonly<Record<string, number>> = { NaN, Infinity, '-Infinity': -Infinity };

const key = '$number';

/** JSON that keeps every number to the bit, NaN and infinities included: `{ "$number": "NaN" }`. −0 becomes 0. */
export function stringify(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'number' && !Number.isFinite(part) ? { [key]: String(part) } : part,
  );
}

/** The value that {@link stringify} wrote, or that any other JSON holds. */
export function parse(text: string): unknown {
  return JSON.parse(text, (_, part: unknown) => {
    const name = typeof part === 'object' && part !== null && key in part ? part[key] : undefined;
    return typeof name === 'string' && name in unusual ? unusual[name] : part;
  });
}

/** JSON knows no undefined: an option that is undefined is an option not given. */
export function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== undefined)) as T;
}

/** JSON text that does not depend on the order of keys. */
export function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_, field: unknown) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(Object.entries(field).sort(([a], [b]) => (a < b ? -1 : 1)))
      : field,
  );
}

/** Where two plain values differ. */
export interface Difference {
  readonly path: string;
  readonly saved: unknown;
  readonly given: unknown;
}

/** Every place in which a value differs from a saved one, by path. */
export function differencesOf(path: string, saved: unknown, given: unknown): Difference[] {
  const isBranch = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
  if (!isBranch(saved) || !isBranch(given)) return Object.is(saved, given) ? [] : [{ path, saved, given }];
  const keys = [...new Set([...Object.keys(saved), ...Object.keys(given)])];
  const within = (key: string) => (Array.isArray(saved) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`);
  return keys.flatMap((key) => differencesOf(within(key), saved[key], given[key]));
}

/**
 * Where in a value something is that JSON does not bring back as it was, NaN and infinities aside, and what it is there,
 * as the end of a sentence; undefined where all is plain. A field that is undefined counts as not given.
 *
 * @param within the objects that hold the value: one that holds itself has no text.
 */
export function notPlain(
  path: string,
  value: unknown,
  within: readonly unknown[] = [],
): { readonly path: string; readonly what: string } | undefined {
  if (value === null || ['string', 'number', 'boolean'].includes(typeof value)) return undefined;
  if (typeof value !== 'object') return { path, what: value === undefined ? 'undefined' : `a ${typeof value}` };
  if (within.includes(value)) return { path, what: 'part of itself' };
  const inner = [...within, value];
  if (Array.isArray(value)) return firstOf(value, (entry, index) => notPlain(`${path}[${index}]`, entry, inner));
  if (!isPlainObject(value)) return { path, what: quoted(value) };
  return firstOf(
    Object.entries(value).filter(([, field]) => field !== undefined),
    ([name, field]) => notPlain(`${path}.${name}`, field, inner),
  );
}

function firstOf<T, Found>(
  values: readonly T[],
  find: (value: T, index: number) => Found | undefined,
): Found | undefined {
  for (const [index, value] of values.entries()) {
    const found = find(value, index);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** 64 bits of FNV-1a, in two halves that begin differently: enough to tell lists apart that differ by accident. */
export function hashText(lines: readonly string[]): string {
  let [a, b] = [0x811c9dc5, 0x9e3779b9];
  for (const line of lines) {
    for (let i = 0; i <= line.length; i++) {
      const unit = i === line.length ? 10 : line.charCodeAt(i);
      a = Math.imul(a ^ unit, 0x01000193);
      b = Math.imul(b ^ unit, 0x85ebca6b) ^ (b >>> 13);
    }
  }
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}
