import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitText, textWidth } from '../../../src/report/charts/text.js';

const text = fc.string({ unit: fc.constantFrom('W', 'i', 'é', 'e\u0301', '脊', '🦴', ' ', 'x'), minLength: 1 });

describe('fitText', () => {
  it('keeps text that fits', () => {
    fc.assert(
      fc.property(text, (given) => {
        expect(fitText(given, 11, textWidth(given, 11))).toBe(given);
      }),
    );
  });

  it('cuts other text to the longest beginning that fits with its ellipsis, one character at least', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 0, max: 200 }), (given, width) => {
        fc.pre(textWidth(given, 11) > width);
        const fits = (length: number) => textWidth(`${[...given].slice(0, length).join('')}…`, 11) <= width;
        const length = [...fitText(given, 11, width)].length - 1;
        expect(fitText(given, 11, width)).toBe(`${[...given].slice(0, length).join('')}…`);
        expect(length === 1 || fits(length)).toBe(true);
        expect(fits(length + 1)).toBe(false);
      }),
    );
  });

  it('is done with long text at once', () => {
    const started = performance.now();
    fitText('x'.repeat(100_000), 11, 150);
    expect(performance.now() - started).toBeLessThan(1000);
  });
});
