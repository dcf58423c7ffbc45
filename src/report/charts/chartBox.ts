import { html, trusted, type Markup } from '../markup.js';

/** How far a chart may shrink on a narrow screen before its box scrolls instead. */
const leastScale = 0.75;

/** A chart in a box that shrinks it a little where the screen is narrow, and scrolls where that is not enough. */
export function chartBox(svg: string): Markup {
  const width = Number(/width="([\d.]+)"/.exec(svg)?.[1] ?? 0);
  return html`<div class="scroll">
    <div style="min-width:${Math.floor(width * leastScale)}px">${trusted(svg)}</div>
  </div>`;
}
