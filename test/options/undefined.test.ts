import { describe, expect, it } from 'vitest';
import {
  augment,
  augmentDataset,
  augmentDefaults,
  createRandom,
  drawAugmentation,
  imageFromPixels,
  preprocess,
  preprocessDefaults,
  resize,
  resizeDefaults,
} from 'spine-xray-ml';
import { createReport, createReportDefaults, curveChart, curveChartDefaults, curvesChart } from 'spine-xray-ml/report';
import { history, strips } from '../report/samples.js';

/** Every key of `defaults` given, as undefined: what plain JavaScript passes for an option that is not set. */
function unset<T extends object>(defaults: T): Record<keyof T, never> {
  return Object.fromEntries(Object.keys(defaults).map((key) => [key, undefined])) as Record<keyof T, never>;
}

const image = imageFromPixels(
  Uint8Array.from({ length: 48 }, (_, i) => 5 * i),
  { height: 8, width: 6 },
);

describe('an option that is undefined has its default', () => {
  it('in resize', () => {
    expect(resize(image, { size: [4, 4], ...unset(resizeDefaults) })).toEqual(resize(image, { size: [4, 4] }));
  });

  it('in preprocess', () => {
    expect(preprocess(image, unset(preprocessDefaults))).toEqual(preprocess(image));
  });

  it('in augment and its draws', () => {
    const transforms = Object.keys(augmentDefaults) as (keyof typeof augmentDefaults)[];
    const options = Object.fromEntries(transforms.map((name) => [name, unset(augmentDefaults[name])]));
    expect(drawAugmentation(createRandom(1), options)).toEqual(drawAugmentation(createRandom(1)));
    expect(augment(image, { seed: 1, ...options, ...unset({ transpose: 0 }) })).toEqual(augment(image, { seed: 1 }));
  });

  it('in augmentDataset', () => {
    const films = strips(['a'], 2);
    const idsOf = (options: object) =>
      augmentDataset(films, { seed: 1, total: 5, ...options }).map(({ id, perEpoch }) => [id, perEpoch]);
    expect(idsOf(unset({ perEpoch: false, ...augmentDefaults }))).toEqual(idsOf({}));
  });

  it('in reports and charts', async () => {
    const input = { date: new Date(0), history, parts: { train: strips(['a'], 2) } };
    expect(await createReport(input, unset(createReportDefaults))).toBe(await createReport(input));
    expect(curveChart(history, unset(curveChartDefaults))).toEqual(curveChart(history));
    expect(curvesChart(history, unset({ width: 0, height: 0 }))).toEqual(curvesChart(history));
  });
});

describe('resize', () => {
  it.each([
    { padValue: NaN },
    { padValue: Infinity },
    { padValue: '0' as never },
    { antialias: 'no' as never },
    { antialias: 1 as never },
  ])('refuses %o', (options) => {
    expect(() => resize(image, { size: [4, 4], ...options })).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    );
  });
});
