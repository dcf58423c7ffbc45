import { SpineError } from '../../errors.js';
import type { ConfusionMatrix } from '../../metrics/index.js';
import { plainText } from '../markup.js';
import { lightPalette } from '../palette.js';
import { chart, fitText, textWidth, type ChartSpec } from './chart.js';

const labelFontSize = 11.5;
const widestLabel = 150;

/**
 * A confusion matrix drawn as in Fig. 7: rows are the truth, columns the prediction; a cell gives its count and its
 * share of the row, and is the darker the larger that share.
 *
 * @throws SpineError `invalid-argument` if the matrix is not square over its classes.
 */
export function confusionChart({ classes, counts }: ConfusionMatrix): ChartSpec {
  if (classes.length === 0 || counts.length !== classes.length || counts.some((row) => row.length !== classes.length)) {
    throw new SpineError(
      'invalid-argument',
      `A confusion matrix of ${classes.length} classes must have as many rows and columns, got ${counts.length} rows of ${counts.map((row) => row.length).join(', ')}.`,
    );
  }
  const side = classes.length <= 4 ? 76 : classes.length <= 8 ? 58 : 48;
  const names = classes.map((name) => fitText(plainText(name), labelFontSize, widestLabel));
  const longest = Math.max(...names.map((name) => textWidth(name, labelFontSize)));
  const slanted = longest > side - 6;

  const cells = counts.flatMap((row, truth) => {
    const total = row.reduce((sum, value) => sum + value, 0);
    return row.map((value, predicted) => ({
      truth,
      predicted,
      count: value,
      share: total > 0 ? value / total : 0,
      shareText: total > 0 ? `${((100 * value) / total).toFixed(1)} %` : '–',
    }));
  });
  // Cells are placed by index, so that two classes whose shortened names agree stay apart.
  const labels = `${JSON.stringify(names)}[datum.value]`;
  const shared = { type: 'ordinal', scale: { paddingInner: 0.04, paddingOuter: 0 } } as const;
  const encoding = {
    x: {
      ...shared,
      field: 'predicted',
      title: 'predicted class',
      axis: {
        orient: 'top',
        labelExpr: labels,
        labelAngle: slanted ? -35 : 0,
        labelAlign: slanted ? 'left' : 'center',
        labelLimit: 0,
        domain: false,
        ticks: false,
        labelPadding: 6,
        labelFontSize,
        labelColor: lightPalette.ink,
      },
    },
    y: {
      ...shared,
      field: 'truth',
      title: 'true class',
      axis: {
        labelExpr: labels,
        labelLimit: 0,
        domain: false,
        ticks: false,
        labelPadding: 8,
        labelFontSize,
        labelColor: lightPalette.ink,
        // Measured here: without a canvas Vega reserves far too much.
        minExtent: longest + 8,
        maxExtent: longest + 8,
      },
    },
  };
  const onDark = { condition: { test: 'datum.share > 0.55', value: lightPalette.ground }, value: lightPalette.ink };
  return chart(describeMatrix(classes, counts), {
    data: { values: cells },
    width: { step: side },
    height: { step: side },
    // Slanted labels run past the last column.
    padding: { left: 4, top: 4, bottom: 4, right: slanted ? Math.max(4, Math.ceil(longest * 0.82 - side / 2)) : 4 },
    autosize: slanted ? { type: 'pad', contains: 'padding' } : { type: 'pad' },
    encoding,
    layer: [
      { mark: { type: 'rect', color: lightPalette.panel } },
      {
        mark: { type: 'rect', color: lightPalette.accent },
        encoding: { fillOpacity: { field: 'share', type: 'quantitative', scale: { domain: [0, 1], range: [0, 1] }, legend: null } },
      },
      {
        mark: { type: 'text', fontSize: side > 50 ? 15 : 12.5, fontWeight: 600, dy: -6, baseline: 'middle' },
        encoding: { text: { field: 'count', type: 'quantitative', format: ',d' }, color: onDark },
      },
      {
        mark: { type: 'text', fontSize: side > 50 ? 11 : 9.5, dy: 10, baseline: 'middle' },
        encoding: { text: { field: 'shareText', type: 'nominal' }, color: onDark },
      },
    ],
  });
}

function describeMatrix(classes: readonly string[], counts: ConfusionMatrix['counts']): string {
  const rows = classes.map((name, truth) => {
    const row = counts[truth] as readonly number[];
    const total = row.reduce((sum, value) => sum + value, 0);
    return `${row[truth] as number} of ${total} ${plainText(name)} right`;
  });
  return `Confusion matrix: ${rows.join('; ')}`;
}
