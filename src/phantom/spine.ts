import {
  firstLumbar,
  firstMeasured,
  lastVertebra,
  sacralSlope,
  vertebraNames,
  vertebraSize,
  type VertebraSize,
} from './anatomy.js';
import type { CurvePattern, PhantomParameters } from './parameters.js';

/** A point in one view: x to the right, y down. */
export type Point = readonly [x: number, y: number];

/** Corners of a vertebral body in one view, as an observer sees them: image left and right, upper and lower. */
export interface Corners {
  readonly upperLeft: Point;
  readonly upperRight: Point;
  readonly lowerRight: Point;
  readonly lowerLeft: Point;
}

/** One vertebral body in both projections, in millimetres from the middle of the sacrum's end plate. */
export interface Body {
  readonly size: VertebraSize;
  /** From the front; x towards the patient's left. */
  readonly frontal: Corners;
  /** From the patient's right; x towards the front, so "left" corners are the posterior ones. */
  readonly lateral: Corners;
  /** Turn in the frontal plane in degrees: positive where the image's right side is the lower one. */
  readonly frontalTilt: number;
  /** Turn in the sagittal plane in degrees: positive where the front is the lower one. */
  readonly sagittalTilt: number;
  /** Turn about its own axis in degrees; positive moves the spinous process to the image's right. */
  readonly axialRotation: number;
}

/** The column and the sacrum's end plate. */
export interface Spine {
  /** T1 … L5. */
  readonly bodies: readonly Body[];
  /** Ends of the sacrum's end plate. */
  readonly sacrum: {
    readonly frontal: { readonly upperLeft: Point; readonly upperRight: Point };
    readonly lateral: { readonly upperLeft: Point; readonly upperRight: Point };
    readonly slope: number;
    readonly depth: number;
    readonly width: number;
  };
}

/** Share of the tilt between neighbours that is taken up by the wedge shape of the bodies; discs take the rest. */
const bodyWedge = 0.4;

const radians = (degrees: number) => (degrees * Math.PI) / 180;

/** The column that `parameters` describe. Its Cobb angle over T7 … L5 is `parameters.curve.cobbAngle`. */
export function buildSpine(parameters: PhantomParameters): Spine {
  const { patient } = parameters;
  const sagittal = sagittalTilts(patient);
  const sizes = vertebraNames.map((_, i) => {
    const { height, width, depth, disc, tilt } = vertebraSize(i);
    return {
      height: height * patient.heights,
      width: width * patient.widths,
      depth: depth * patient.depths,
      disc: disc * patient.heights * patient.discs[i]!,
      tilt,
    };
  });
  const slope = sagittal[lastVertebra + 1]!;
  const depth = sizes[lastVertebra]!.depth * 0.98;
  const width = sizes[lastVertebra]!.width * 1.02;
  const sacrum = {
    frontal: { upperLeft: [-width / 2, 0], upperRight: [width / 2, 0] },
    lateral: { upperLeft: turned([-depth / 2, 0], slope), upperRight: turned([depth / 2, 0], slope) },
    slope,
    depth,
    width,
  } as const;

  const lateral = stackLateral(parameters, sizes, sagittal, sacrum.lateral);
  const amplitude = solveAmplitude(
    (trial) => cobbAngleOfTilts(frontalTilts(parameters, trial)),
    parameters.curve.cobbAngle,
  );
  const tilts = frontalTilts(parameters, amplitude);
  const frontal = stackFrontal(sizes, tilts, sagittal);
  const bodies = sizes.map((size, i): Body => ({
    size,
    frontal: frontal[i]!,
    lateral: lateral[i]!,
    frontalTilt: tilts[i]!,
    sagittalTilt: sagittal[i]!,
    axialRotation: parameters.curve.rotation * (tilts[Math.max(0, i - 1)]! - tilts[i + 1]!) * 0.5,
  }));
  return { bodies, sacrum };
}

/** The Cobb angle that a column with these tilts will have, before it is built. */
function cobbAngleOfTilts(tilts: readonly number[]): number {
  let largest = 0;
  for (let above = firstMeasured; above <= lastVertebra; above++) {
    const upperPlate = tilts[above]! + wedge(tilts, above).upper;
    for (let below = above; below <= lastVertebra; below++) {
      largest = Math.max(largest, Math.abs(tilts[below]! + wedge(tilts, below).lower - upperPlate));
    }
  }
  return largest;
}

/** The amplitude at which the rising function `measure` gives `target`, by bisection. */
function solveAmplitude(measure: (amplitude: number) => number, target: number): number {
  let low = 0;
  let high = 2 * target;
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (measure(middle) < target) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Forward tilt of T1 … L5 and the sacrum. */
function sagittalTilts(patient: PhantomParameters['patient']): number[] {
  const tilts = vertebraNames.map((_, i) => {
    const { tilt } = vertebraSize(i);
    const pivot = -12;
    const factor = i < firstLumbar ? patient.kyphosis : patient.lordosis;
    return pivot + (tilt - pivot) * factor + patient.lean + patient.sagittalJitter[i]!;
  });
  return [...tilts, -12 + (sacralSlope + 12) * patient.lordosis + patient.lean + patient.sacralSlope];
}

/** Levels (0 = T1, 16 = L5) at which the tilt is greatest, and its sign there. */
const nodes: Readonly<Record<CurvePattern, readonly (readonly [level: number, weight: number])[]>> = {
  thoracic: [
    [6.6, 1],
    [11.3, -1],
  ],
  thoracolumbar: [
    [8.4, 1],
    [13.3, -1],
  ],
  lumbar: [
    [10.6, 1],
    [14.8, -1],
  ],
  double: [
    [6.6, 0.5],
    [11, -1],
    [15, 0.5],
  ],
};

/** Tilt of T1 … L5 and the sacrum in the frontal plane; `amplitude` is close to the Cobb angle. */
function frontalTilts({ curve, patient }: PhantomParameters, amplitude: number): number[] {
  const tilts = vertebraNames.map((_, i) => {
    let tilt = 0;
    nodes[curve.pattern].forEach(([level, weight], n) => {
      const share =
        curve.pattern === 'double'
          ? n === 0
            ? 2 * weight * curve.balance
            : n === 2
              ? 2 * weight * (1.55 - curve.balance)
              : weight
          : weight;
      tilt += share * Math.exp(-0.5 * ((i - level - curve.shift) / 1.7) ** 2);
    });
    // The column stands on a level pelvis.
    const standing = Math.min(1, (lastVertebra + 1.2 - i) / 2.4);
    return -curve.side * amplitude * 0.5 * tilt * standing + patient.frontalJitter[i]!;
  });
  return [...tilts, 0];
}

/** Places each body on the one below so that posterior corners are a disc apart, plus the slip. */
function stackLateral(
  { slip, patient }: PhantomParameters,
  sizes: readonly VertebraSize[],
  tilts: readonly number[],
  sacrum: { readonly upperLeft: Point; readonly upperRight: Point },
): Corners[] {
  const corners: Corners[] = [];
  let below: { upperLeft: Point; upperRight: Point } = sacrum;
  for (let i = lastVertebra; i >= 0; i--) {
    const { height, depth, disc } = sizes[i]!;
    const percent = slipAt(i, slip, patient.slipJitter);
    const plate = subtract(below.upperRight, below.upperLeft);
    const plateDepth = Math.hypot(...plate);
    const along: Point = [plate[0] / plateDepth, plate[1] / plateDepth];
    const up: Point = [along[1], -along[0]];
    const lowerLeft = add(below.upperLeft, up, disc * 0.8, along, (percent / 100) * plateDepth);
    corners[i] = bodyCorners(lowerLeft, depth, depth, height, tilts[i]!, wedge(tilts, i));
    below = corners[i]!;
  }
  return corners;
}

function slipAt(index: number, slip: PhantomParameters['slip'], jitter: readonly number[]): number {
  const slipped = slip.level === 'L5-S1' ? lastVertebra : lastVertebra - 1;
  if (index === slipped) return slip.percent;
  return jitter[index]!;
}

/** Places each body on the middle of the one below, a disc apart; heights are foreshortened by the sagittal tilt. */
function stackFrontal(
  sizes: readonly VertebraSize[],
  tilts: readonly number[],
  sagittal: readonly number[],
): Corners[] {
  const corners: Corners[] = [];
  let middle: Point = [0, 0];
  let tiltBelow = 0;
  for (let i = lastVertebra; i >= 0; i--) {
    const { height, width, disc, depth } = sizes[i]!;
    const lean = Math.cos(radians(sagittal[i]!));
    // The end plates open to the front: at its middle a disc is as high as its back plus half of that wedge.
    const opening = (depth / 2) * Math.sin(radians((sagittal[i + 1]! - sagittal[i]!) * (1 - bodyWedge)));
    const { lower } = wedge(tilts, i);
    const up = turned([0, -1], (tiltBelow + tilts[i]! + lower) / 2);
    middle = add(middle, up, Math.max(2.5, (disc * 0.8 + opening) * lean));
    const lowerWidth = width * 1.02;
    const lowerLeft = add(middle, turned([-lowerWidth / 2, 0], tilts[i]! + lower), 1);
    corners[i] = bodyCorners(lowerLeft, lowerWidth, width * 0.98, height * lean, tilts[i]!, wedge(tilts, i));
    middle = midpoint(corners[i]!.upperLeft, corners[i]!.upperRight);
    tiltBelow = tilts[i]! + wedge(tilts, i).upper;
  }
  return corners;
}

/** How far a body's end plates are turned against its own tilt. */
function wedge(tilts: readonly number[], index: number): { lower: number; upper: number } {
  const own = tilts[index]!;
  return {
    lower: ((tilts[index + 1]! - own) * bodyWedge) / 2,
    upper: index === 0 ? 0 : ((tilts[index - 1]! - own) * bodyWedge) / 2,
  };
}

function bodyCorners(
  lowerLeft: Point,
  lowerLength: number,
  upperLength: number,
  height: number,
  tilt: number,
  { lower, upper }: { lower: number; upper: number },
): Corners {
  const lowerRight = add(lowerLeft, turned([lowerLength, 0], tilt + lower), 1);
  const upperMiddle = add(midpoint(lowerLeft, lowerRight), turned([0, -height], tilt), 1);
  const half = turned([upperLength / 2, 0], tilt + upper);
  return { lowerLeft, lowerRight, upperLeft: add(upperMiddle, half, -1), upperRight: add(upperMiddle, half, 1) };
}

/** `vector` turned by `degrees`, clockwise on the screen. */
export function turned([x, y]: Point, degrees: number): Point {
  const [cos, sin] = [Math.cos(radians(degrees)), Math.sin(radians(degrees))];
  return [x * cos - y * sin, x * sin + y * cos];
}

/** `point` + `a`·`lengthA` + `b`·`lengthB`. */
export function add(point: Point, a: Point, lengthA: number, b: Point = [0, 0], lengthB = 0): Point {
  return [point[0] + a[0] * lengthA + b[0] * lengthB, point[1] + a[1] * lengthA + b[1] * lengthB];
}

/** `a` − `b`. */
export const subtract = (a: Point, b: Point): Point => [a[0] - b[0], a[1] - b[1]];

/** The point at `t` of the way from `a` to `b`. */
export const between = (a: Point, b: Point, t: number): Point => [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t];

/** Halfway between two points. */
export const midpoint = (a: Point, b: Point): Point => between(a, b, 0.5);
