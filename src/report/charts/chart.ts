import { lightPalette } from '../palette.js';

/** A chart as a Vega-Lite 6 specification: plain JSON that any Vega tool draws, edits or stores. */
export interface ChartSpec {
  readonly $schema: string;
  /** What the chart shows, in words: the text of its picture for those who do not see it. */
  readonly description: string;
  readonly [property: string]: unknown;
}

/** The font of charts: the system's own, so that nothing is loaded. */
const chartFont = "system-ui, -apple-system, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif";

/** A specification with the report's look. Every colour in it is of the light palette; the page recolours for dark. */
export function chart(description: string, body: Readonly<Record<string, unknown>>): ChartSpec {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description,
    background: null,
    padding: 4,
    config,
    ...body,
  };
}

const { ink, muted, rule } = lightPalette;
const config = {
  // Marks are described once, by the picture's own text.
  aria: false,
  font: chartFont,
  view: { stroke: null },
  axis: {
    labelFontSize: 11,
    labelColor: muted,
    titleFontSize: 11.5,
    titleFontWeight: 'normal',
    titleColor: muted,
    domainColor: rule,
    tickColor: rule,
    gridColor: rule,
    titlePadding: 8,
  },
  title: { fontSize: 12.5, fontWeight: 600, color: ink, anchor: 'start' },
  text: { fontSize: 11, color: ink },
};
