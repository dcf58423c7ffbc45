import { html, type Markup, type MarkupValue } from '../../markup.js';

/** A part of the page that its table of contents leads to. */
export interface Section {
  readonly id: string;
  readonly heading: string;
  readonly body: MarkupValue;
}

/** Level of a heading inside a section: 3, or 4 below a task's own heading. */
export type HeadingLevel = 3 | 4;

/** A heading inside a section. */
export function subheading(level: HeadingLevel, content: MarkupValue): Markup {
  return level === 3 ? html`<h3>${content}</h3>` : html`<h4>${content}</h4>`;
}

/** The section with its heading. */
export function sectionMarkup({ id, heading, body }: Section): Markup {
  return html`<section id="${id}" aria-labelledby="${id}-heading">
    <h2 id="${id}-heading">${heading}</h2>
    ${body}
  </section> `;
}
