import { dataWith } from '../../dataRules.js';
import { checked, listOf, names, numberAbove, numberFrom, optionsOf, required, type Rule } from '../../options.js';
import { SpineError } from '../../errors.js';
import { plainText } from '../markup.js';
import { seriesColors } from '../palette.js';
import { chart, type ChartSpec } from './chart.js';
import { classAxis, classLabels } from './classAxis.js';

/** How many images each part of a split has of each class. */
export interface ClassCounts {
  readonly classes: readonly string[];
  readonly parts: readonly string[];
  /** counts[class][part]. */
  readonly counts: readonly (readonly number[])[];
}

/** How the chart is drawn. */
export interface ClassCountsChartOptions {
  /** Width of the plotting area in pixels. Default 250. */
  readonly width?: number;
}

/** The defaults of {@link ClassCountsChartOptions}. */
export const classCountsChartDefaults = { width: 250 } as const;

export const classCountsChartOptions = optionsOf<ClassCountsChartOptions, typeof classCountsChartDefaults>(
  'classCountsChart',
  { width: numberAbove(0) },
  classCountsChartDefaults,
);

const classCounts: Rule<ClassCounts> = dataWith<ClassCounts>('{ classes, parts, counts }', {
  classes: required(names),
  parts: required(names),
  counts: required({
    ...listOf(listOf(numberFrom(0))),
    expects: 'a list with a row for each class, each a list with a number, 0 or more, for each part',
  }),
});

/**
 * Images by class, each bar divided by part of the split.
 *
 * @throws SpineError `invalid-argument` for an option out of range, and for what are no counts of each class and part.
 */
export function classCountsChart(given: ClassCounts, options: ClassCountsChartOptions = {}): ChartSpec {
  const { width } = classCountsChartOptions.check(options);
  const { classes, parts, counts } = checked('The first argument of classCountsChart', given, classCounts);
  if (counts.length !== classes.length || counts.some((row) => row.length !== parts.length))
    throw new SpineError(
      'invalid-argument',
      `counts must have a row for each of ${classes.length} classes and in it a number for each of ${parts.length} parts, got ${counts.length} rows of ${counts.map((row) => row.length).join(', ')}.`,
    );
  const labels = classLabels(classes, 11.5);
  const values = classes.flatMap((_, index) =>
    parts.map((_part, part) => ({ index, part, count: counts[index]?.[part] ?? 0 })),
  );
  return chart(describeCounts({ classes, parts, counts }), {
    data: { values },
    width,
    height: { step: 24 },
    autosize: { type: 'none' },
    padding: { left: labels.longest + 12, top: 4, right: 16, bottom: 44 },
    mark: { type: 'bar', height: 15 },
    encoding: {
      x: {
        field: 'count',
        type: 'quantitative',
        stack: 'zero',
        title: 'images',
        axis: { tickCount: 5, tickMinStep: 1, format: ',d' },
      },
      y: { field: 'index', type: 'ordinal', title: null, axis: classAxis(labels) },
      color: {
        field: 'part',
        type: 'ordinal',
        scale: {
          domain: parts.map((_, part) => part),
          range: parts.map((_, part) => seriesColors[part % seriesColors.length]),
        },
        legend: null,
      },
      order: { field: 'part', type: 'ordinal' },
    },
  });
}

function describeCounts({ classes, parts, counts }: ClassCounts): string {
  const lines = classes.map((name, index) => {
    const numbers = parts.map((part, place) => `${counts[index]?.[place] ?? 0} ${plainText(part)}`);
    return `${plainText(name)} ${numbers.join(', ')}`;
  });
  return `Images by class and part: ${lines.join('; ')}`;
}
