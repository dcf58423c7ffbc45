import { quoted } from '../arguments.js';
import { SpineError } from '../errors.js';
import { twoSidedQuantile } from './normalQuantile.js';

/** Two bounds of a proportion, in [0, 1]. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** The default confidence of {@link wilson}. */
export const wilsonDefaults = { confidence: 0.95 } as const;

/**
 * Wilson's score interval for a proportion (E. B. Wilson, 1927), without continuity correction: the proportions that a
 * test at level 1 − confidence would not reject. It stays in [0, 1] and keeps a width where all or none succeeded, as
 * small test sets need it.
 *
 * @param successes 0 … n: correct predictions, say.
 * @param n trials, at least 1. They must be independent of each other: films, not copies of films.
 * @param confidence in (0, 1), default 0.95.
 * @throws SpineError `invalid-argument` for a number out of its range.
 */
export function wilson(successes: number, n: number, confidence: number = wilsonDefaults.confidence): Interval {
  if (!Number.isSafeInteger(n) || n < 1) {
    throw new SpineError('invalid-argument', `n must be an integer of at least 1, got ${quoted(n)}.`);
  }
  if (!Number.isSafeInteger(successes) || successes < 0 || successes > n) {
    throw new SpineError(
      'invalid-argument',
      `successes must be an integer from 0 to n (${n}), got ${quoted(successes)}.`,
    );
  }
  if (typeof confidence !== 'number' || !(confidence > 0 && confidence < 1)) {
    throw new SpineError(
      'invalid-argument',
      `confidence must lie between 0 and 1, both excluded, got ${quoted(confidence)}.`,
    );
  }
  const squared = twoSidedQuantile(confidence) ** 2;
  const centre = successes + squared / 2;
  const halfWidth = Math.sqrt(squared * ((successes * (n - successes)) / n + squared / 4));
  return {
    low: successes === 0 ? 0 : (centre - halfWidth) / (n + squared),
    high: successes === n ? 1 : (centre + halfWidth) / (n + squared),
  };
}
