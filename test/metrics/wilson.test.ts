import fc from 'fast-check';
import { metrics } from 'spine-xray-ml';
import { describe, expect, it } from 'vitest';
import { twoSidedQuantile } from '../../src/metrics/normalQuantile.js';
import golden from '../golden/metrics.json' with { type: 'json' };

const { wilson } = metrics;

describe('wilson', () => {
  it.each(golden.wilson)(
    '$successes of $n at $confidence agrees with scipy',
    ({ successes, n, confidence, low, high }) => {
      const interval = wilson(successes, n, confidence);
      // scipy takes its quantile at 1 − tail, where few digits of a small tail are left; twoSidedQuantile does not.
      const tolerance = 1e-12 + 1e-17 / (1 - confidence);
      expect(Math.abs(interval.low - low)).toBeLessThan(tolerance);
      expect(Math.abs(interval.high - high)).toBeLessThan(tolerance);
    },
  );

  it('gives the intervals of the test sizes at hand, at 95 % by default', () => {
    const { low, high } = wilson(67, 68);
    expect([low.toFixed(3), high.toFixed(3)]).toEqual(['0.921', '0.997']);
    expect(wilson(14, 14).low.toFixed(3)).toBe('0.785');
  });

  it('holds the proportion, grows with the confidence, mirrors successes and failures', () => {
    const confidence = fc.double({ min: 0.01, max: 0.9999, noNaN: true });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        confidence,
        confidence,
        (n, part, one, other) => {
          const successes = Math.round(n * part);
          const narrow = wilson(successes, n, Math.min(one, other));
          const wide = wilson(successes, n, Math.max(one, other));
          expect(narrow.low).toBeLessThanOrEqual(successes / n + 1e-12);
          expect(narrow.high).toBeGreaterThanOrEqual(successes / n - 1e-12);
          expect(wide.low).toBeLessThanOrEqual(narrow.low + 1e-12);
          expect(wide.high).toBeGreaterThanOrEqual(narrow.high - 1e-12);
          expect(wide.low >= 0 && wide.high <= 1).toBe(true);
          expect(wilson(n - successes, n, one).low).toBeCloseTo(1 - wilson(successes, n, one).high, 12);
        },
      ),
    );
  });

  it.each([
    [1, 0, 0.95],
    [1, 2.5, 0.95],
    [-1, 3, 0.95],
    [4, 3, 0.95],
    [0.5, 3, 0.95],
    [1, 3, 0],
    [1, 3, 1],
    [1, 3, 95],
    [1, 3, NaN],
  ])('refuses %s of %s at %s', (successes, n, confidence) => {
    expect(() => wilson(successes, n, confidence)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});

describe('a number that is none', () => {
  it.each<[unknown, unknown, unknown, RegExp]>([
    [1, 2, {}, /^confidence must lie between 0 and 1, both excluded, got \{\}\.$/],
    [1, 2, { confidence: 0.9 }, /got \{"confidence":0\.9\}\.$/],
    [1, 2, '0.9', /^confidence .* got "0\.9"\.$/],
    [1, [], 0.9, /^n must be an integer of at least 1, got \[\]\.$/],
    [{}, 2, 0.9, /^successes must be .*, got \{\}\.$/],
  ])('is quoted: wilson(%j, %j, %j)', (successes, n, confidence, message) => {
    expect(() => wilson(successes as number, n as number, confidence as number)).toThrow(
      expect.objectContaining({ code: 'invalid-argument', message: expect.stringMatching(message) as string }),
    );
  });
});

describe('twoSidedQuantile', () => {
  it.each(golden.quantiles)('at $probability agrees with scipy', ({ probability, z }) => {
    expect(Math.abs(twoSidedQuantile(probability) / z - 1)).toBeLessThan(1e-13);
  });
});
