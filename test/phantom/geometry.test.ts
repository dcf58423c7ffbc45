import { describe, expect, it } from 'vitest';
import { createRandom } from 'spine-xray-ml';
import {
  cobbAngleOf,
  describePhantom,
  drawPhantom,
  phantomClasses,
  phantomParameters,
  phantomSeverities,
  phantomThresholds,
  slipOf,
  type PhantomTruth,
  type Point,
} from 'spine-xray-ml/phantom';

const measured = (truth: PhantomTruth) => truth.vertebrae.filter(({ name }) => /^(T7|T8|T9|T1.|L.)$/.test(name));

describe.each(phantomClasses)('geometry of %s', (finding) => {
  const phantoms = Array.from({ length: 300 }, (_, i) => {
    const parameters = phantomParameters(7, i, finding);
    return { parameters, truth: describePhantom(parameters, finding) };
  });

  it('is solved for the Cobb angle that was drawn', () => {
    for (const { parameters, truth } of phantoms) expect(truth.cobbAngle).toBeCloseTo(parameters.curve.cobbAngle, 6);
  });

  it('the Cobb angle measured on the pixel landmarks, by the definition written out, is the true one', () => {
    for (const { truth } of phantoms) {
      const plates = measured(truth).map(({ frontal }) => frontal!);
      const slopeOf = (a: Point, b: Point) => Math.atan((b[1] - a[1]) / (b[0] - a[0]));
      let largest = 0;
      for (let i = 0; i < plates.length; i++) {
        for (let j = i; j < plates.length; j++) {
          const between =
            slopeOf(plates[i]!.upperLeft, plates[i]!.upperRight) - slopeOf(plates[j]!.lowerLeft, plates[j]!.lowerRight);
          largest = Math.max(largest, Math.abs(between) * (180 / Math.PI));
        }
      }
      expect(plates).toHaveLength(11);
      expect(largest).toBeCloseTo(truth.cobbAngle, 6);
      expect(cobbAngleOf(plates).angle).toBeCloseTo(truth.cobbAngle, 6);
    }
  });

  it('the slip measured on the pixel landmarks is the true one, at the level named', () => {
    for (const { truth } of phantoms) {
      const lumbar = truth.vertebrae
        .slice(12)
        .map(({ lateral }, i, all) => slipOf(lateral!, all[i + 1]?.lateral ?? truth.sacrum.lateral!, truth.facing));
      expect(Math.max(...lumbar)).toBeCloseTo(truth.slip, 6);
      const level = lumbar.indexOf(Math.max(...lumbar));
      expect(truth.slipLevel).toBe(['L1-L2', 'L2-L3', 'L3-L4', 'L4-L5', 'L5-S1'][level]);
    }
  });

  it('a finding is on its side of the threshold, everything else on the other', () => {
    for (const { parameters, truth } of phantoms) {
      expect(truth.cobbAngle > phantomThresholds.cobbAngle).toBe(finding === 'scoliosis');
      expect(truth.slip > phantomThresholds.slip).toBe(finding === 'spondylolisthesis');
      if (finding === 'scoliosis') {
        expect(truth.cobbAngle).toBeGreaterThanOrEqual(phantomSeverities.cobbAngle.present[0] - 1e-6);
        expect(truth.cobbAngle).toBeLessThanOrEqual(phantomSeverities.cobbAngle.present[1] + 1e-6);
      }
      if (finding === 'spondylolisthesis') {
        expect(truth.slip).toBeCloseTo(parameters.slip.percent, 6);
        expect(truth.slipLevel).toBe(parameters.slip.level);
      }
    }
  });

  it('T7 to S1 lie within the image, and within the view they belong to', () => {
    for (const { truth } of phantoms) {
      for (const { frontal, lateral } of [...measured(truth), truth.sacrum]) {
        expect(extentOf(frontal!)).toSatisfy(within(0, 224));
        expect(extentOf(lateral!)).toSatisfy(within(224, 448));
      }
    }
  });

  it('neighbouring bodies do not overlap in the lateral view', () => {
    for (const { truth } of phantoms) {
      truth.vertebrae.forEach(({ lateral }, i) => {
        const below = truth.vertebrae[i + 1]?.lateral ?? truth.sacrum.lateral!;
        expect(above(lateral!.lowerLeft, below)).toBeGreaterThan(0);
        expect(above(lateral!.lowerRight, below)).toBeGreaterThan(0);
      });
    }
  });

  it('the region covers what it names and lies within the image', () => {
    for (const { truth } of phantoms) {
      expect(truth.region.length > 0).toBe(finding !== 'normal');
      for (const { left, top, right, bottom } of truth.region) {
        expect(Math.min(left, top, 1 - right, 1 - bottom, right - left, bottom - top)).toBeGreaterThanOrEqual(0);
        // A curve is in the frontal half, a slip in the lateral one.
        expect(finding === 'scoliosis' ? right <= 0.55 : left >= 0.45).toBe(true);
      }
      if (finding === 'spondylolisthesis') {
        const slipped = truth.vertebrae.find(({ name }) => truth.slipLevel.startsWith(name))!.lateral!;
        const [box] = truth.region;
        expect(slipped.lowerLeft[0] / truth.width).toBeGreaterThan(box!.left);
        expect(slipped.lowerRight[0] / truth.width).toBeLessThan(box!.right);
      }
    }
  });
});

interface Extent {
  readonly columns: readonly number[];
  readonly rows: readonly number[];
}

function extentOf(corners: object): Extent {
  const points = Object.values(corners) as Point[];
  return { columns: points.map((point) => point[0]), rows: points.map((point) => point[1]) };
}

const within =
  (left: number, right: number) =>
  ({ columns, rows }: Extent) =>
    columns.every((value) => value > left && value < right) && rows.every((value) => value > 0 && value < 448);

/** Height of a point over the line of an end plate: positive above it. */
function above([x, y]: Point, { upperLeft, upperRight }: { upperLeft: Point; upperRight: Point }): number {
  const t = (x - upperLeft[0]) / (upperRight[0] - upperLeft[0]);
  return upperLeft[1] + t * (upperRight[1] - upperLeft[1]) - y;
}

it('drawPhantom gives one patient for all classes of a stream: only the severities differ', () => {
  const [normal, scoliosis, slipped] = phantomClasses.map((finding) => drawPhantom(createRandom(3, 'x'), finding));
  expect({ ...scoliosis, curve: { ...scoliosis!.curve, cobbAngle: normal!.curve.cobbAngle } }).toEqual(normal);
  expect({ ...slipped, slip: { ...slipped!.slip, percent: normal!.slip.percent } }).toEqual(
    expect.objectContaining({
      patient: normal!.patient,
      film: normal!.film,
      frontal: normal!.frontal,
      lateral: normal!.lateral,
    }),
  );
});
