import { firstLumbar, lastVertebra } from './anatomy.js';
import { smoothstep, type AttenuationCanvas } from './canvas.js';
import { bodyOutline } from './frontal.js';
import { tissueTexture } from './texture.js';
import type { PhantomParameters } from './parameters.js';
import { add, between, midpoint, subtract, turned, type Point, type Spine } from './spine.js';

/** Draws the lateral view, the patient facing the image's right. */
export function drawLateral(canvas: AttenuationCanvas, spine: Spine, parameters: PhantomParameters): void {
  const { patient } = parameters;
  drawSoftTissue(canvas, spine, patient);
  drawRibs(canvas, spine, patient);
  drawPelvis(canvas, patient);
  drawSacrum(canvas, spine, patient.density);
  for (let i = lastVertebra; i >= 0; i--) drawVertebra(canvas, spine, i, patient.density);
}

function drawSoftTissue(canvas: AttenuationCanvas, spine: Spine, patient: PhantomParameters['patient']): void {
  const bodyCentre = (index: number) =>
    midpoint(spine.bodies[index]!.lateral.upperLeft, spine.bodies[index]!.lateral.lowerRight);
  const chest = bodyCentre(8);
  const loin = bodyCentre(14);
  const [, sulcus] = bodyCentre(11);
  const dome = sulcus - 46 + patient.diaphragm;

  const texture = tissueTexture(patient.texture, 'lateral');

  canvas.smoothField((x, y) => {
    const upper = smoothstep(loin[1] + 10, chest[1], y);
    const centre = loin[0] * 0.5 * (1 - upper) + chest[0] * upper + 34;
    const half = (112 - 6 * (1 - upper)) * (0.9 + 0.1 * patient.thickness) + 10 * smoothstep(-30, 60, y);
    const across = (x - centre) / half;
    if (across * across >= 1) return 0;
    const trunk = (2.25 + 0.35 * smoothstep(-70, 10, y)) * patient.thickness * Math.sqrt(1 - across * across);

    // Lungs: above the diaphragm, which falls from its dome to the sulcus behind; the heart in front.
    const forward = (x - centre) / half;
    const floor = dome + 62 * smoothstep(0.15, -0.8, forward) ** 1.4 + 20 * smoothstep(0.3, 1, forward);
    const heart =
      0.6 * smoothstep(1, 0.45, Math.hypot((forward - 0.42) / 0.55, (y - dome + 18) / (88 * patient.heart)));
    const lung = smoothstep(16, -22, y - floor) * smoothstep(1, 0.8, Math.abs(forward)) * (1 - heart);
    return trunk * (1 - 0.34 * lung + texture(x, y) * (0.4 - 0.25 * lung));
  });

  // Gas of the bowel in front of the column, and of the stomach under the dome.
  for (const { side, depth, y, width, height, amount } of patient.gas) {
    const middle: Point = [loin[0] + 40 + 66 * depth, dome + 60 + y * (-dome - 30)];
    canvas.ellipse(middle, width * 0.9, height, 40 * side, (q) => -amount * 0.7 * smoothstep(1, 0.4, q));
  }
  const { x, y, width, height, amount } = patient.stomach;
  canvas.ellipse(
    [chest[0] + 66 + x, dome + 30 + y],
    width * 0.9,
    height,
    8,
    (q) => -amount * 0.85 * smoothstep(1, 0.5, q),
  );
}

function drawRibs(canvas: AttenuationCanvas, spine: Spine, patient: PhantomParameters['patient']): void {
  spine.bodies.slice(2, firstLumbar).forEach((body, n) => {
    const index = n + 2;
    const [headX, headY] = body.lateral.upperLeft;
    // The two sides do not project onto each other: one lies nearer to the film.
    for (const [offset, amount] of [
      [-2.5, 1],
      [3, 0.7],
    ] as const) {
      const length = index < 10 ? 1 : index === 10 ? 0.62 : 0.4;
      const points: Point[] = [];
      for (let s = 0; s <= 20; s++) {
        const t = (s / 20) * length;
        // Back from the vertebra and round, then down and forward along the flank, ever flatter.
        const round = 24 * Math.sin(Math.PI * Math.min(1, t * 2.6)) * (t < 0.385 ? 1 : 0);
        const forward = 185 * Math.max(0, t - 0.12) ** 1.45;
        points.push([
          headX + 2 + offset - round - 6 * Math.min(1, t * 6) + forward,
          headY +
            3 +
            offset * 0.9 +
            patient.ribSlope * (128 * t - 38 * t * t * t - 9 * Math.sin(Math.PI * Math.min(1, 1.6 * t))),
        ]);
      }
      // Short ribs end in a point, long ones in the field of view of the front, where cartilage begins.
      const radii = points.map((_, s) => 4.2 - 2.6 * smoothstep(17, 20, s));
      canvas.tube(
        points,
        radii,
        (q) =>
          amount *
          patient.density *
          (0.04 * Math.sqrt(Math.max(0, 1 - q * q)) + 0.06 * Math.exp(-(((q - 0.8) / 0.16) ** 2))),
      );
    }
  });
}

function drawVertebra(canvas: AttenuationCanvas, spine: Spine, index: number, density: number): void {
  const body = spine.bodies[index]!;
  const { lateral, size, sagittalTilt } = body;
  const lumbar = index >= firstLumbar;
  const along = turned([1, 0], sagittalTilt);
  const down = turned([0, 1], sagittalTilt);
  const wallMiddle = midpoint(lateral.upperLeft, lateral.lowerLeft);
  const back = (u: number, v: number): Point => add(wallMiddle, along, -u, down, v * size.height);

  drawPosteriorElements(canvas, back, size.depth, lumbar, density);
  canvas.polygon(
    bodyOutline(lateral, 0.05),
    1.5,
    (d) => density * (0.31 * smoothstep(-0.8, 2.6, d) + 0.2 * Math.exp(-(((d - 0.9) / 0.9) ** 2))),
  );
  drawEndPlate(canvas, lateral.upperLeft, lateral.upperRight, down, 1, density);
  drawEndPlate(canvas, lateral.lowerLeft, lateral.lowerRight, down, -1, density);
}

function drawEndPlate(
  canvas: AttenuationCanvas,
  left: Point,
  right: Point,
  down: Point,
  inward: 1 | -1,
  density: number,
): void {
  const points: Point[] = [];
  for (let s = 0; s <= 8; s++)
    points.push(add(between(left, right, s / 8), down, inward * 1.3 * Math.sin((Math.PI * s) / 8)));
  canvas.tube(points, 1.5, (q) => density * 0.36 * (1 - q * q));
}

/**
 * Pedicle, articular pillars and spinous process; `back(u, v)` is u mm behind the posterior wall, v of the height down.
 */
function drawPosteriorElements(
  canvas: AttenuationCanvas,
  back: (u: number, v: number) => Point,
  depth: number,
  lumbar: boolean,
  density: number,
): void {
  const solid = (amount: number, rim: number) => (q: number) =>
    density * (amount * smoothstep(1, 0.6, q) + rim * Math.exp(-(((q - 0.8) / 0.16) ** 2)));
  const pedicle = lumbar ? 5.4 : 4;
  canvas.tube([back(-3, -0.22), back(depth * 0.33, -0.2)], pedicle, solid(0.24, 0.14));
  // Upper and lower articular process; together they make the pillar behind the foramina.
  canvas.tube([back(depth * 0.34, -0.1), back(depth * 0.3, -0.62)], [4.6, 3], solid(0.2, 0.1));
  canvas.tube(
    [back(depth * 0.36, -0.05), back(depth * 0.56, 0.42), back(depth * 0.5, 0.85)],
    [4.4, 4.2, 3],
    solid(0.2, 0.1),
  );
  if (lumbar) {
    canvas.tube(
      [back(depth * 0.58, 0.2), back(depth * 0.9, 0.32), back(depth * 1.3, 0.42)],
      [4.5, 7.5, 7],
      solid(0.13, 0.08),
    );
  } else {
    canvas.tube(
      [back(depth * 0.6, 0.1), back(depth * 1.05, 0.6), back(depth * 1.45, 1.15)],
      [4, 3.6, 3],
      solid(0.11, 0.08),
    );
  }
}

function drawSacrum(canvas: AttenuationCanvas, { sacrum }: Spine, density: number): void {
  const segments = [
    { length: 30, depth: 0.78, turn: -4 },
    { length: 25, depth: 0.55, turn: -13 },
    { length: 21, depth: 0.4, turn: -24 },
    { length: 18, depth: 0.28, turn: -34 },
  ];
  const { upperLeft, upperRight } = sacrum.lateral;
  const front: Point[] = [upperRight];
  const rear: Point[] = [upperLeft];
  let tilt = sacrum.slope;
  let middle = midpoint(upperLeft, upperRight);
  for (const { length, depth, turn } of segments) {
    tilt = sacrum.slope + turn;
    const down = turned([0, 1], tilt);
    const half = turned([(sacrum.depth * depth) / 2, 0], tilt);
    // The front bends more than the back.
    middle = add(middle, down, length);
    front.push(add(middle, half, 1));
    rear.push(add(middle, half, -1));
  }
  const outline = [...rear].reverse().concat(front);
  canvas.polygon(
    outline,
    1.5,
    (d) => density * (0.29 * smoothstep(-0.8, 3, d) + 0.2 * Math.exp(-(((d - 0.9) / 0.9) ** 2))),
  );
  const down = turned([0, 1], sacrum.slope);
  drawEndPlate(canvas, upperLeft, upperRight, down, 1, density);
  // Remnants of the discs between the fused segments.
  for (let s = 1; s < 4; s++) canvas.tube([rear[s]!, front[s]!], 1.4, (q) => density * 0.14 * (1 - q * q));

  // Superior articular process, sacral canal's roof and crest.
  const along = turned([1, 0], sacrum.slope);
  const behind = (u: number, v: number): Point => add(add(upperLeft, along, -u), down, v);
  canvas.tube([behind(7, 8), behind(10, -8)], [4.6, 3], (q) => density * 0.24 * smoothstep(1, 0.55, q));
  canvas.tube(
    [behind(13, 8), behind(19, 32), behind(15, 62), behind(6, 84)],
    [4.5, 5.5, 4.2, 3],
    (q) => density * (0.15 * smoothstep(1, 0.5, q) + 0.06 * Math.exp(-(((q - 0.8) / 0.16) ** 2))),
  );
  canvas.tube([subtract(upperLeft, [2, -4]), behind(9, 8)], 5, (q) => density * 0.2 * smoothstep(1, 0.5, q));
}

/** Both iliac wings overlie the lumbosacral junction: wide and faint, their crests a pair of thin lines. */
function drawPelvis(canvas: AttenuationCanvas, { pelvis, density }: PhantomParameters['patient']): void {
  for (const [x, y, amount] of [
    [0, 0, 1],
    [5, -4, 0.8],
  ] as const) {
    const at = (u: number, v: number): Point => [u * pelvis + x, v * pelvis + y];
    canvas.polygon(
      [
        at(-52, 30),
        at(-46, 4),
        at(-28, -16),
        at(0, -27),
        at(30, -25),
        at(52, -10),
        at(62, 14),
        at(54, 40),
        at(40, 62),
        at(30, 95),
        at(0, 95),
        at(-14, 66),
        at(-32, 50),
      ],
      2,
      (d) => amount * density * (0.07 * smoothstep(-1, 10, d) + 0.09 * Math.exp(-(((d - 1.2) / 1.1) ** 2))),
    );
  }
}
