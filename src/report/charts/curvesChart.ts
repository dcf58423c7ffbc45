import { SpineError } from '../../errors.js';
import { checked, numberAbove, optionsOf, text, wholeNumber } from '../../options.js';
import type { EpochLog, History, StageHistory } from '../../training/index.js';
import { percent, plural, real } from '../format.js';
import { plainText } from '../markup.js';
import { lightPalette } from '../palette.js';
import { chart, type ChartSpec } from './chart.js';
import { checkMeasure, countedMeasures, historyRule, validationName, type CurveMeasure } from './measures.js';

/** Which curve is drawn, and how large. */
export interface CurveChartOptions {
  /** Index into `history.stages`. Default 0. */
  readonly stage?: number;
  /** Default: what was counted first, 'accuracy' unless the objective was another; 'loss' where nothing was. */
  readonly measure?: CurveMeasure;
  /** Width of the plotting area in pixels. Default 340. */
  readonly width?: number;
  /** Height of the plotting area in pixels. Default 170. */
  readonly height?: number;
}

/** The defaults of {@link curveChart}. */
export const curveChartDefaults = { stage: 0, width: 340, height: 170 } as const;

/** How large {@link curvesChart} draws each curve: as {@link curveChart} does. */
export type CurvesChartOptions = Pick<CurveChartOptions, 'width' | 'height'>;

const { width, height } = curveChartDefaults;

/** The defaults of {@link curvesChart}. */
export const curvesChartDefaults = { width, height } as const;

const sizeRules = { width: numberAbove(0), height: numberAbove(0) };

export const curvesChartOptions = optionsOf<CurvesChartOptions, typeof curvesChartDefaults>(
  'curvesChart',
  sizeRules,
  curvesChartDefaults,
);

export const curveChartOptions = optionsOf<CurveChartOptions, typeof curveChartDefaults>(
  'curveChart',
  { ...sizeRules, stage: wholeNumber(0), measure: text },
  curveChartDefaults,
);

/**
 * Training and validation by epoch for one stage and one measure (Figs. 5 and 6), with the best epoch marked. Epochs
 * count from 1 in the order they were run. All stages share the scale of a measure, so that curves can be compared.
 *
 * @throws SpineError `invalid-argument` for what is no history, and if it has no such stage or measure.
 */
export function curveChart(history: History<string>, options: CurveChartOptions = {}): ChartSpec {
  const { stage: index, width, height, ...given } = curveChartOptions.check(options);
  checked('history', history, historyRule);
  const { measure = countedMeasures(history)[0] ?? 'loss' } = given;
  checkMeasure(history, measure);
  const stage = history.stages[index];
  if (stage === undefined) {
    throw new SpineError('invalid-argument', `The history has ${history.stages.length} stages, got index ${index}.`);
  }
  return chart(describeCurve(stage, measure), panel(history, stage, measure, width, height));
}

/**
 * The whole history in one chart: a row for each stage, what was counted (accuracy) on the left and loss on the right.
 *
 * @throws SpineError `invalid-argument` for what is no history.
 */
export function curvesChart(history: History<string>, options: CurvesChartOptions = {}): ChartSpec {
  const { width, height } = curvesChartOptions.check(options);
  checked('history', history, historyRule);
  const counted = countedMeasures(history);
  const measures = [...counted, 'loss'];
  const named = counted.length === 0 ? 'loss' : `${counted.map(plainText).join(', ')} and loss`;
  return chart(`Learning curves: ${named} by epoch, training and validation, of each stage`, {
    vconcat: history.stages.map((stage) => ({
      title: plainText(stage.name),
      hconcat: measures.map((measure) => panel(history, stage, measure, width, height)),
    })),
  });
}

function panel(
  history: History<string>,
  stage: StageHistory<string>,
  measure: CurveMeasure,
  width: number,
  height: number,
) {
  const epochs = stage.epochs.length;
  const x = {
    field: 'epoch',
    type: 'quantitative',
    scale: { domain: [1, Math.max(2, epochs)], nice: false },
    title: 'epoch',
    axis: { grid: false, format: 'd', tickMinStep: 1, tickCount: Math.min(8, Math.max(1, epochs - 1)) },
  };
  const y = {
    field: 'value',
    type: 'quantitative',
    scale: { domain: sharedDomain(history, measure), zero: false, nice: true },
    title: axisTitle(history, measure),
    axis: { tickCount: 5, ...(measure === 'accuracy' && { format: '.0%' }) },
  };
  const rows = curveRows(stage, measure);
  return {
    width,
    height,
    data: { values: rows },
    layer: [
      {
        mark: { type: 'line', strokeWidth: 2, point: epochs === 1 ? { size: 30 } : false },
        encoding: {
          x,
          y,
          color: byPart(lightPalette['series-2'], lightPalette['series-1']),
          strokeDash: byPart([5, 3], [1, 0]),
        },
      },
      {
        data: { values: rows.filter((row) => row.part === 'validation' && row.best) },
        mark: {
          type: 'point',
          shape: 'circle',
          size: 70,
          filled: false,
          strokeWidth: 2,
          opacity: 1,
          color: lightPalette['series-1'],
        },
        encoding: { x, y },
      },
    ],
  };
}

/** Where accuracy was counted, classes were trained for: by cross-entropy. */
function axisTitle(history: History<string>, measure: CurveMeasure): string {
  if (measure !== 'loss') return plainText(measure);
  return countedMeasures(history).includes('accuracy') ? 'loss (cross-entropy)' : 'loss';
}

/** A channel that tells training from validation; the key stands below the chart. */
const byPart = <Mark>(training: Mark, validation: Mark) => ({
  field: 'part',
  type: 'nominal',
  scale: { domain: ['training', 'validation'], range: [training, validation] },
  legend: null,
});

interface CurveRow {
  readonly epoch: number;
  readonly part: 'training' | 'validation';
  readonly value: number;
  readonly best: boolean;
}

function curveRows(stage: StageHistory<string>, measure: CurveMeasure): CurveRow[] {
  const best = bestEpochIndex(stage);
  return stage.epochs
    .flatMap((log, index) =>
      (['training', 'validation'] as const).map((part) => ({
        epoch: index + 1,
        part,
        value: measured(log, measure, part),
        best: index === best,
      })),
    )
    .filter((row) => Number.isFinite(row.value));
}

/** Place of the best epoch in the stage's own list; −1 where none is its best. */
export function bestEpochIndex(stage: StageHistory<string>): number {
  return stage.epochs.findIndex((log) => log.epoch === stage.bestEpoch);
}

const measured = (log: EpochLog<string>, measure: CurveMeasure, part: CurveRow['part']): number =>
  log[part === 'training' ? measure : validationName(measure)] ?? NaN;

function sharedDomain(history: History<string>, measure: CurveMeasure): readonly [number, number] {
  const values = history.stages.flatMap((stage) => curveRows(stage, measure).map((row) => row.value));
  const low = Math.min(...values);
  const high = Math.max(...values);
  if (values.length === 0) return [0, 1];
  if (measure === 'loss') return [0, high > 0 ? high : 1];
  if (measure === 'accuracy') return [Math.max(0, Math.min(low, 0.95) - 0.02), 1];
  // One value alone has no extent.
  const margin = low === high ? Math.abs(low) / 10 || 1 : 0;
  return [low - margin, high + margin];
}

function describeCurve(stage: StageHistory<string>, measure: CurveMeasure): string {
  const best = stage.epochs[bestEpochIndex(stage)];
  const last = stage.epochs.at(-1);
  const shown = (log: EpochLog<string>) => {
    const value = measured(log, measure, 'validation');
    return measure === 'accuracy' ? `${percent(value, 1)} per cent` : real(value);
  };
  const name = plainText(stage.name);
  const ends =
    last === undefined ? 'no epoch' : `${plural(stage.epochs.length, 'epoch')}, validation ends at ${shown(last)}`;
  return `${plainText(measure)} by epoch, ${name}: ${ends}${best === undefined ? '' : `; best epoch ${bestEpochIndex(stage) + 1} at ${shown(best)}`}`;
}
