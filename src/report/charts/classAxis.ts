import { plainText } from '../markup.js';
import { lightPalette } from '../palette.js';
import { fitText, textWidth } from './text.js';

/** Class names as an axis writes them: cut to a width that a chart can hold. */
export interface ClassLabels {
  /** Vega's expression for the label of the class at an index, so that names which are cut alike stay apart. */
  readonly expression: string;
  readonly fontSize: number;
  /** Width of the longest, in pixels. */
  readonly longest: number;
}

const widest = 150;

export function classLabels(classes: readonly string[], fontSize: number): ClassLabels {
  const names = classes.map((name) => fitText(plainText(name), fontSize, widest));
  return {
    expression: `${JSON.stringify(names)}[datum.value]`,
    fontSize,
    longest: Math.max(0, ...names.map((name) => textWidth(name, fontSize))),
  };
}

/**
 * An axis of classes, by index. Its extent is measured here: without a canvas Vega reserves far too much.
 *
 * @param extent pixels for the labels.
 */
export function classAxis({ expression, fontSize, longest }: ClassLabels, extent = longest + 8) {
  return {
    labelExpr: expression,
    labelLimit: 0,
    labelFontSize: fontSize,
    labelColor: lightPalette.ink,
    labelPadding: 8,
    domain: false,
    ticks: false,
    minExtent: extent,
    maxExtent: extent,
  };
}
