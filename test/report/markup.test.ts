import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { html, plainText } from '../../src/report/markup.js';
import { parseDocument } from './html.js';

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '`', '&', '=', '/', ' ', 'a', '\u0000', '\ud800', '人') }),
);

describe('html', () => {
  it('keeps any text as text, between tags and in attributes', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const { tags, text: content } = parseDocument(html`<p title="${text}">${text}</p>`.text);
        expect(tags).toEqual([{ name: 'p', attributes: { title: plainText(text) } }]);
        expect(content).toBe(`${plainText(text)} `.replace(/\s+/g, ' '));
      }),
    );
  });

  it('leaves out undefined and false, and joins lists', () => {
    expect(html`<b>${undefined}${false}${[html`<i>1</i>`, 2, '&']}</b>`.text).toBe('<b><i>1</i>2&amp;</b>');
  });
});

describe('plainText', () => {
  it('is well-formed Unicode without control characters, whatever comes in', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(plainText(text)).not.toMatch(/\p{Control}|\p{Surrogate}/u);
      }),
    );
  });

  it('leaves ordinary text of any script as it is', () => {
    for (const text of ['脊柱側弯症', 'انزلاق الفقار', 'сколиоз', 'L4–L5 “grade II”', '🦴'])
      expect(plainText(text)).toBe(text);
  });
});
