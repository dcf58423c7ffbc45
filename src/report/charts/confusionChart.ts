import { checkMatrix } from '../../dataRules.js';
import type { ConfusionMatrix } from '../../metrics/index.js';
import { plainText } from '../markup.js';
import { lightPalette } from '../palette.js';
import { chart, type ChartSpec } from './chart.js';
import { classAxis, classLabels } from './classAxis.js';

const titleHeight = 26;
const slope = { degrees: 35, sine: Math.sin((35 * Math.PI) / 180), cosine: Math.cos((35 * Math.PI) / 180) };

/**
 * A confusion matrix drawn as in Fig. 7: rows are the truth, columns the prediction; a cell gives its count and its
 * share of the row, and is the darker the larger that share.
 *
 * @throws SpineError `invalid-argument` for what is no matrix, or one that is not square over its classes.
 */
export function confusionChart(matrix: ConfusionMatrix): ChartSpec {
  checkMatrix(matrix);
  const { classes, counts } = matrix;
  const labels = classLabels(classes, 11);
  const { longest } = labels;
  const { width, height, slanted } = cellSize(classes.length, longest);
  const labelHeight = slanted ? Math.ceil(longest * slope.sine) + 14 : 22;

  const cells = counts.flatMap((row, truth) => {
    const total = row.reduce((sum, value) => sum + value, 0);
    return row.map((value, predicted) => ({
      truth,
      predicted,
      count: value,
      // Empty cells stay quiet, so that the errors are seen.
      share: total > 0 ? value / total : 0,
      shareText: value > 0 ? `${((100 * value) / total).toFixed(1)} %` : '',
    }));
  });
  const shared = { type: 'ordinal', scale: { paddingInner: 0.04, paddingOuter: 0 } } as const;
  const encoding = {
    x: {
      ...shared,
      field: 'predicted',
      title: 'predicted class',
      axis: {
        ...classAxis(labels, labelHeight),
        orient: 'top',
        labelAngle: slanted ? -slope.degrees : 0,
        labelAlign: slanted ? 'left' : 'center',
        labelPadding: 6,
        titlePadding: 4,
      },
    },
    y: { ...shared, field: 'truth', title: 'true class', axis: classAxis(labels) },
  };
  const color = {
    condition: [
      { test: 'datum.share > 0.55', value: lightPalette.ground },
      { test: 'datum.count === 0', value: lightPalette.muted },
    ],
    value: lightPalette.ink,
  };
  return chart(describeMatrix(classes, counts), {
    data: { values: cells },
    width: { step: width },
    height: { step: height },
    autosize: { type: 'none' },
    padding: {
      left: longest + 8 + titleHeight,
      top: labelHeight + titleHeight,
      bottom: 4,
      // Slanted labels run past the last column.
      right: slanted ? Math.max(4, Math.ceil(longest * slope.cosine) - Math.floor(width / 2) + 8) : 4,
    },
    encoding,
    layer: [
      { mark: { type: 'rect', color: lightPalette.panel } },
      {
        mark: { type: 'rect', color: lightPalette.accent },
        encoding: {
          fillOpacity: { field: 'share', type: 'quantitative', scale: { domain: [0, 1], range: [0, 1] }, legend: null },
        },
      },
      {
        mark: {
          type: 'text',
          fontSize: height > 50 ? 15 : 12.5,
          fontWeight: 600,
          dy: { expr: 'datum.count > 0 ? -7 : 0' },
          baseline: 'middle',
        },
        encoding: { text: { field: 'count', type: 'quantitative', format: ',d' }, color },
      },
      {
        mark: { type: 'text', fontSize: height > 50 ? 11 : 9.5, dy: 10, baseline: 'middle' },
        encoding: { text: { field: 'shareText', type: 'nominal' }, color },
      },
    ],
  });
}

/** Few classes get cells as wide as their names; many get small ones under slanted names. */
function cellSize(classes: number, longestLabel: number) {
  const height = classes <= 4 ? 68 : classes <= 8 ? 58 : 48;
  const width = classes <= 4 ? Math.min(112, Math.max(76, longestLabel + 6)) : height;
  return { width, height, slanted: longestLabel + 4 > width };
}

function describeMatrix(classes: readonly string[], counts: ConfusionMatrix['counts']): string {
  const rows = classes.map((name, truth) => {
    const row = counts[truth]!;
    const total = row.reduce((sum, value) => sum + value, 0);
    return `${row[truth]!} of ${total} ${plainText(name)} right`;
  });
  return `Confusion matrix: ${rows.join('; ')}`;
}
