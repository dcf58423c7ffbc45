import type { Corners, Point } from './spine.js';

/** A Cobb angle and the vertebrae that it is measured between. */
export interface CobbMeasurement {
  /** In degrees, never negative. */
  readonly angle: number;
  /** Index of the upper end vertebra within what was measured. */
  readonly upper: number;
  /** Index of the lower end vertebra. */
  readonly lower: number;
}

/**
 * The Cobb angle of a column seen from the front: the greatest angle between the upper end plate of one vertebra and
 * the lower end plate of one below it (Cobb, 1948).
 *
 * @param bodies corners of the vertebral bodies from the top down, in coordinates of one scale for x and y.
 */
export function cobbAngleOf(bodies: readonly Corners[]): CobbMeasurement {
  let best: CobbMeasurement = { angle: 0, upper: 0, lower: 0 };
  bodies.forEach((above, upper) => {
    for (let lower = upper; lower < bodies.length; lower++) {
      const angle = Math.abs(cobbBetween(above, bodies[lower]!));
      if (angle > best.angle) best = { angle, upper, lower };
    }
  });
  return best;
}

/** Angle in degrees from the upper end plate of `above` to the lower one of `below`; its sign tells the side. */
export function cobbBetween(above: Corners, below: Corners): number {
  const upperPlate = direction(above.upperLeft, above.upperRight);
  const lowerPlate = direction(below.lowerLeft, below.lowerRight);
  return ((lowerPlate - upperPlate) * 180) / Math.PI;
}

/**
 * How far a vertebra has slipped forward on the end plate below it (Meyerding; Taillard's percentage): the distance
 * of the posterior corners along that end plate, in per cent of its depth. Negative if it lies further back.
 *
 * @param body lateral corners of the slipped vertebra.
 * @param below ends of the end plate that it stands on.
 * @param facing which way the patient faces in the image.
 */
export function slipOf(
  body: Corners,
  below: { readonly upperLeft: Point; readonly upperRight: Point },
  facing: 'left' | 'right' = 'right',
): number {
  const [back, front, corner] =
    facing === 'right'
      ? [below.upperLeft, below.upperRight, body.lowerLeft]
      : [below.upperRight, below.upperLeft, body.lowerRight];
  const plate: Point = [front[0] - back[0], front[1] - back[1]];
  const offset: Point = [corner[0] - back[0], corner[1] - back[1]];
  return (100 * (offset[0] * plate[0] + offset[1] * plate[1])) / (plate[0] ** 2 + plate[1] ** 2);
}

const direction = (from: Point, to: Point) => Math.atan2(to[1] - from[1], to[0] - from[0]);
