/** Text that is markup already. Only {@link html} and {@link trusted} make it, so that nothing else escapes escaping. */
export class Markup {
  constructor(readonly text: string) {}
}

/** What may stand in a template: markup as it is, text and numbers escaped, nothing for `undefined` and `false`. */
export type MarkupValue = Markup | string | number | undefined | false | readonly MarkupValue[];

/** A template whose inserted values are escaped, in content and in quoted attributes alike. */
export function html(strings: TemplateStringsArray, ...values: readonly MarkupValue[]): Markup {
  return new Markup(strings.map((literal, i) => literal + render(values[i])).join(''));
}

/** Marks text as markup: for this library's own style sheet and for SVG that vega has escaped. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

/**
 * `text` without what no HTML or XML document may hold: control characters and unpaired surrogates become U+FFFD, line
 * breaks and tabs become spaces.
 */
export function plainText(text: string): string {
  return (
    text
      .replace(/[\t\n\r]+/g, ' ')
      // eslint-disable-next-line no-control-regex -- control characters are what is looked for
      .replace(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]|\p{Surrogate}/gu, '\ufffd')
  );
}

/** Text as it is written between tags or between quotes of an attribute. */
export function escapeText(text: string): string {
  return plainText(text).replace(/[&<>"'`]/g, (character) => entities[character]!);
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

function render(value: MarkupValue): string {
  if (value === undefined || value === false) return '';
  if (value instanceof Markup) return value.text;
  if (typeof value === 'string' || typeof value === 'number') return escapeText(String(value));
  return value.map(render).join('');
}
