import { html, type Markup, type MarkupValue } from '../markup.js';

/** A part of the page that its table of contents leads to. */
export interface Section {
  readonly id: string;
  readonly heading: string;
  readonly body: MarkupValue;
}

/** The section with its heading. */
export function sectionMarkup({ id, heading, body }: Section): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-heading"><h2 id="${id}-heading">${heading}</h2>
${body}
</section>
`;
}
