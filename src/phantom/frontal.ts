import { firstLumbar, lastVertebra } from './anatomy.js';
import { smoothstep, type AttenuationCanvas } from './canvas.js';
import { tissueTexture } from './texture.js';
import type { PhantomParameters } from './parameters.js';
import { add, between, midpoint, subtract, turned, type Body, type Point, type Spine } from './spine.js';

/** Draws the frontal view: everything between tube and film adds its share of attenuation. */
export function drawFrontal(canvas: AttenuationCanvas, spine: Spine, { patient }: PhantomParameters): void {
  const chestCentre = meanX(spine.bodies.slice(4, 12)) * 0.6;
  drawSoftTissue(canvas, spine, patient, chestCentre);
  drawRibs(canvas, spine, patient, chestCentre);
  drawPelvis(canvas, patient);
  drawSacrum(canvas, spine, patient.density);
  for (let i = lastVertebra; i >= 0; i--) drawVertebra(canvas, spine.bodies[i]!, i, patient.density);
}

const meanX = (bodies: readonly Body[]) =>
  bodies.reduce((sum, body) => sum + midpoint(body.frontal.upperLeft, body.frontal.lowerRight)[0], 0) / bodies.length;

function drawSoftTissue(
  canvas: AttenuationCanvas,
  spine: Spine,
  patient: PhantomParameters['patient'],
  chestCentre: number,
): void {
  const domeY =
    midpoint(spine.bodies[9]!.frontal.lowerLeft, spine.bodies[9]!.frontal.lowerRight)[1] + patient.diaphragm;
  const waistY = -70;
  const halfChest = 128 * patient.chest;
  const columnX = columnInterpolator(spine);
  const texture = tissueTexture(patient.texture, 'frontal');
  const psoasTop = midpoint(
    spine.bodies[firstLumbar]!.frontal.lowerLeft,
    spine.bodies[firstLumbar]!.frontal.lowerRight,
  )[1];

  canvas.smoothField((x, y) => {
    // The trunk: an ellipse in cross-section, thicker over the pelvis.
    const lean = chestCentre * smoothstep(-20, -220, y);
    const half = 142 * patient.chest - 12 * Math.exp(-(((y - waistY) / 70) ** 2)) + 26 * smoothstep(-50, 60, y);
    const across = (x - lean) / half;
    const trunk =
      across * across >= 1
        ? 0
        : (1.75 + 0.25 * smoothstep(-80, 40, y)) * patient.thickness * Math.sqrt(1 - across * across);
    if (trunk === 0) return 0;

    // Lungs end at the domes of the diaphragm, the right one (on the image's left) higher.
    const side = x < lean ? -1 : 1;
    const dome = domeY + (side < 0 ? -8 : 4) + 34 * ((Math.abs(x - lean) - 58) / 62) ** 2;
    const heart =
      side > 0
        ? 46 * patient.heart * Math.exp(-(((y - domeY + 22) / 62) ** 2))
        : 12 * Math.exp(-(((y - domeY + 30) / 50) ** 2));
    const mediastinum = Math.abs(x - columnX(y) * 0.5 - lean * 0.5) - 27 - heart;
    const wall = halfChest - 6 - Math.abs(x - lean);
    const lung =
      smoothstep(7, -9, y - dome) *
      smoothstep(-7, 9, mediastinum) *
      smoothstep(-3, 14, wall) *
      (0.78 + 0.12 * smoothstep(domeY, domeY - 160, y));

    // Liver and the muscles beside the lumbar column.
    const liver =
      side < 0 ? 0.14 * smoothstep(-4, 12, y - dome) * smoothstep(60, -30, y - domeY - 65 + 0.35 * (x + 90)) : 0;
    const down = y - psoasTop;
    const psoasEdge = 24 + 0.33 * down - Math.abs(x - columnX(y));
    const psoas =
      down > 0 ? 0.1 * smoothstep(-1.5, 3.5, psoasEdge) * smoothstep(0, 25, down) * smoothstep(150, 90, down) : 0;
    return trunk * (1 - 0.48 * lung + texture(x, y) * (0.5 - 0.3 * lung)) + liver + psoas;
  });

  // Vessels radiate from the hila.
  for (const side of [-1, 1]) {
    for (let branch = 0; branch < 9; branch++) {
      const start: Point = [chestCentre + side * (34 + (branch % 3) * 4), domeY - 72 - (branch % 4) * 9];
      const direction = turned([side, 0], side * (-55 + branch * 17));
      const bend = turned(direction, side * (branch % 2 ? 14 : -14));
      const middle = add(start, direction, 24);
      canvas.tube([start, middle, add(middle, bend, 26)], [2.6, 1.9, 0.9], (q) => 0.1 * (1 - q * q));
    }
  }

  drawGas(canvas, patient, domeY);
}

function drawGas(canvas: AttenuationCanvas, patient: PhantomParameters['patient'], domeY: number): void {
  // The gastric bubble lies under the left dome.
  const { x, y, width, height, amount } = patient.stomach;
  canvas.ellipse([60 + x, domeY + 32 + y], width, height, -20, (q) => -amount * smoothstep(1, 0.55, q));
  for (const pocket of patient.gas) {
    const middle: Point = [Math.sign(pocket.x) * (26 + 80 * Math.abs(pocket.x)), domeY + 65 + pocket.y * (-domeY + 5)];
    canvas.ellipse(
      middle,
      pocket.width,
      pocket.height,
      60 * pocket.side,
      (q) => -pocket.amount * smoothstep(1, 0.4, q),
    );
  }
}

/** x of the column's middle at a height, for what lies beside it. */
function columnInterpolator(spine: Spine): (y: number) => number {
  const middles = spine.bodies.map((body) => midpoint(body.frontal.upperLeft, body.frontal.lowerRight));
  return (y) => {
    if (y >= middles[lastVertebra]![1]) return middles[lastVertebra]![0];
    for (let i = lastVertebra; i > 0; i--) {
      const [above, below] = [middles[i - 1]!, middles[i]!];
      if (y >= above[1]) return between(above, below, (y - above[1]) / (below[1] - above[1]))[0];
    }
    return middles[0]![0];
  };
}

/** How far a rib reaches sideways, of the chest's half width. */
const ribReach = [0.5, 0.7, 0.82, 0.9, 0.95, 0.98, 1, 1, 0.98, 0.92, 0.74, 0.42];

function drawRibs(
  canvas: AttenuationCanvas,
  spine: Spine,
  patient: PhantomParameters['patient'],
  chestCentre: number,
): void {
  const wall = 126 * patient.chest;
  spine.bodies.slice(0, firstLumbar).forEach((body, i) => {
    for (const side of [-1, 1]) {
      const head = between(body.frontal.upperLeft, body.frontal.upperRight, side < 0 ? -0.02 : 1.02);
      const reach = wall * ribReach[i]! - 0.35 * side * (head[0] - chestCentre);
      // A rotated vertebra lifts the ribs of one side and lowers the other's.
      const slope = patient.ribSlope * (0.26 + 0.035 * i) + 0.012 * side * body.axialRotation;
      const tilt = Math.tan((body.frontalTilt * Math.PI) / 180) * 0.6;
      const points: Point[] = [];
      const steps = 16;
      for (let s = 0; s <= steps; s++) {
        const t = s / steps;
        // The posterior arc rises a little, then falls ever steeper to the flank.
        const out = Math.sin((t * Math.PI) / 2);
        const fall =
          -5 * Math.sin(Math.PI * Math.min(1, t * 1.8)) * (i < 10 ? 1 : 0.3) +
          reach * slope * ((i < 10 ? 0.55 : 0.85) * t + (i < 10 ? 1.05 : 0.35) * t ** 3);
        points.push([head[0] + side * reach * out, head[1] + 3 + fall + side * out * reach * tilt * (1 - 0.5 * t)]);
      }
      const width = i < 10 ? 5.2 : i === 10 ? 4.4 : 3.6;
      canvas.tube(
        points,
        points.map((_, s) => (s === points.length - 1 && i >= 10 ? 1.5 : width)),
        ribProfile(patient.density),
      );
      if (i >= 2 && i < 10) drawAnteriorRib(canvas, points[steps]!, side, i, patient.density);
    }
  });
}

/** Cortex at the edges of a tube of bone. */
const ribProfile = (density: number) => (q: number) =>
  density * (0.16 * Math.sqrt(Math.max(0, 1 - q * q)) + 0.14 * Math.exp(-(((q - 0.82) / 0.13) ** 2)));

/** The front part of a rib runs down and back towards the middle, fainter, until its cartilage, which films miss. */
function drawAnteriorRib(canvas: AttenuationCanvas, end: Point, side: number, index: number, density: number): void {
  const points: Point[] = [];
  for (let s = 0; s <= 10; s++) {
    const t = s / 10;
    points.push([end[0] - side * (52 - 2.5 * index) * t * t, end[1] + (62 - index) * (t - 0.28 * t * t)]);
  }
  canvas.tube(points, 5.6, (q) => 0.5 * ribProfile(density)(q));
}

function drawVertebra(canvas: AttenuationCanvas, body: Body, index: number, density: number): void {
  const { frontal, size, axialRotation, frontalTilt, sagittalTilt } = body;
  const lumbar = index >= firstLumbar;
  const centre = between(
    midpoint(frontal.upperLeft, frontal.lowerRight),
    midpoint(frontal.upperRight, frontal.lowerLeft),
    0.5,
  );
  const right = turned([1, 0], frontalTilt);
  const down = turned([0, 1], frontalTilt);
  const at = (u: number, v: number): Point => add(centre, right, u * size.width, down, v * size.height);

  // The body, its side walls drawn in at the waist.
  canvas.polygon(
    bodyOutline(frontal, 0.07),
    1.5,
    (d) => density * (0.27 * smoothstep(-0.8, 3, d) + 0.18 * Math.exp(-(((d - 0.9) / 0.9) ** 2))),
  );
  drawEndPlate(canvas, frontal.upperLeft, frontal.upperRight, down, 1, size.depth, sagittalTilt, density);
  drawEndPlate(canvas, frontal.lowerLeft, frontal.lowerRight, down, -1, size.depth, sagittalTilt, density);

  // Structures behind the body move against it when it turns about its own axis.
  const sin = Math.sin((axialRotation * Math.PI) / 180);
  const pedicleShift = (0.42 * size.depth * sin) / size.width;
  const spineShift = ((lumbar ? 1.15 : 1) * size.depth * sin) / size.width;
  for (const side of [-1, 1]) {
    const u = side * (lumbar ? 0.33 + 0.02 * (index - firstLumbar) * 0.5 : 0.31) + pedicleShift;
    canvas.ellipse(
      at(u, -0.17),
      lumbar ? 4.2 : 3,
      lumbar ? 6.6 : 4.6,
      frontalTilt,
      (q) => density * (0.26 * Math.exp(-(((q - 0.82) / 0.2) ** 2)) - 0.03 * smoothstep(0.8, 0.3, q)),
      1.3,
    );
    if (lumbar) drawLumbarSide(canvas, at, side, spineShift, index, frontalTilt, density);
    else {
      // Transverse process, under the neck of the rib.
      canvas.tube([at(u, -0.2), at(side * 0.85 + pedicleShift, -0.38)], [4.5, 3.6], (q) => density * 0.1 * (1 - q * q));
    }
    // Laminae run from the pedicles to the spinous process.
    canvas.tube(
      [at(u, 0.02), at(spineShift * 0.8 + side * 0.06, 0.32)],
      lumbar ? 4.6 : 3.8,
      (q) => density * 0.11 * (1 - q * q),
    );
  }
  const tip = lumbar ? 0.62 : 0.95;
  canvas.tube(
    [at(spineShift * 0.9, tip - 0.42), at(spineShift, tip)],
    lumbar ? [2.2, 3.6] : [1.8, 2.6],
    (q) => density * (0.16 * (1 - q * q) + 0.2 * Math.exp(-(((q - 0.78) / 0.18) ** 2))),
  );
}

function drawLumbarSide(
  canvas: AttenuationCanvas,
  at: (u: number, v: number) => Point,
  side: number,
  shift: number,
  index: number,
  tilt: number,
  density: number,
): void {
  const reach = [0.86, 0.92, 0.98, 0.88, 0.84][index - firstLumbar]!;
  canvas.tube(
    [at(side * 0.42 + shift * 0.4, -0.12), at(side * reach * 0.75, -0.16), at(side * reach, -0.22)],
    [4.2, 3.2, 2.6],
    (q) => density * (0.07 * (1 - q * q) + 0.06 * Math.exp(-(((q - 0.8) / 0.18) ** 2))),
  );
  // Articular processes: the lower one of this vertebra, over the disc below.
  canvas.ellipse(
    at(side * 0.27 + shift * 0.5, 0.5),
    4,
    9,
    tilt - side * 6,
    (q) => density * (0.14 * smoothstep(1, 0.5, q) + 0.1 * Math.exp(-(((q - 0.85) / 0.15) ** 2))),
    1.2,
  );
}

/** Front and back rim of an end plate: two arcs that meet where the beam runs along it. */
function drawEndPlate(
  canvas: AttenuationCanvas,
  left: Point,
  right: Point,
  down: Point,
  inward: 1 | -1,
  depth: number,
  sagittalTilt: number,
  density: number,
): void {
  const opening = (depth / 2) * Math.sin((sagittalTilt * Math.PI) / 180) * 0.8;
  for (const rim of [-1, 1]) {
    const points: Point[] = [];
    for (let s = 0; s <= 8; s++) {
      const t = s / 8;
      const bow = Math.sin(Math.PI * t);
      points.push(add(between(left, right, t), down, inward * 0.9 * bow + rim * opening * bow * 0.6));
    }
    canvas.tube(points, 1.35, (q) => density * 0.19 * (1 - q * q));
  }
}

/** The four corners of a body and its sides drawn in by `waist` of the width. */
export function bodyOutline(corners: Body['frontal'], waist: number): Point[] {
  const { upperLeft, upperRight, lowerRight, lowerLeft } = corners;
  const across = subtract(upperRight, upperLeft);
  const rightWall = (t: number) => add(between(upperRight, lowerRight, t), across, -waist);
  const leftWall = (t: number) => add(between(upperLeft, lowerLeft, t), across, waist);
  return [upperLeft, upperRight, rightWall(0.3), rightWall(0.7), lowerRight, lowerLeft, leftWall(0.7), leftWall(0.3)];
}

function drawPelvis(canvas: AttenuationCanvas, { pelvis, density }: PhantomParameters['patient']): void {
  for (const side of [-1, 1]) {
    const at = (x: number, y: number): Point => [side * x * pelvis, y * pelvis];
    // The iliac wing, from the sacroiliac joint over the crest to the flank.
    canvas.polygon(
      [
        at(43, 6),
        at(50, -12),
        at(66, -27),
        at(88, -34),
        at(110, -31),
        at(128, -16),
        at(134, 6),
        at(126, 34),
        at(106, 62),
        at(92, 90),
        at(52, 84),
        at(46, 52),
        at(40, 30),
      ],
      2.5,
      (d) => density * (0.2 * smoothstep(-1, 12, d) + 0.22 * Math.exp(-(((d - 1.6) / 1.5) ** 2))),
    );
    // The joint's dense edge, and the line where the wing meets the true pelvis.
    canvas.tube([at(44, 4), at(41, 18), at(43, 36), at(48, 54)], 2, (q) => density * 0.16 * (1 - q * q));
    canvas.tube([at(46, 58), at(58, 74), at(78, 92)], 2.2, (q) => density * 0.2 * (1 - q * q));
  }
}

function drawSacrum(canvas: AttenuationCanvas, { sacrum }: Spine, density: number): void {
  const half = sacrum.width / 2;
  const lower = 1.05 * Math.cos((sacrum.slope * Math.PI) / 180);
  const at = (x: number, y: number): Point => [x, y * lower];
  canvas.polygon(
    [
      at(-half, 2),
      at(half, 2),
      at(half + 8, -2),
      at(half + 20, 8),
      at(46, 34),
      at(36, 64),
      at(20, 100),
      at(-20, 100),
      at(-36, 64),
      at(-46, 34),
      at(-half - 20, 8),
      at(-half - 8, -2),
    ],
    2,
    (d) => density * (0.27 * smoothstep(-1, 8, d) + 0.1 * Math.exp(-(((d - 1.2) / 1.2) ** 2))),
  );
  // The end plate, seen obliquely: its front rim hangs over the wings.
  drawEndPlate(canvas, [-half, 0], [half, 0], [0, 1], 1, sacrum.depth, sacrum.slope, density);
  // Foramina, each under a dense arc; the median crest.
  for (const [y, x] of [
    [24, 21],
    [45, 18.5],
    [65, 16],
  ] as const) {
    for (const side of [-1, 1]) {
      canvas.ellipse(at(side * x, y), 5, 4.2, side * 25, (q) => density * -0.13 * smoothstep(1, 0.4, q));
      canvas.tube(
        [at(side * (x - 7), y - 2), at(side * x, y - 7), at(side * (x + 8), y - 2)],
        1.6,
        (q) => density * 0.14 * (1 - q * q),
      );
    }
  }
  for (const y of [12, 33, 54]) canvas.tube([at(0, y), at(0, y + 9)], 2.4, (q) => density * 0.15 * (1 - q * q));
}
