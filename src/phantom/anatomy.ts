/** Vertebrae from the top of the thorax to the last lumbar one. */
export const vertebraNames = [
  'T1',
  'T2',
  'T3',
  'T4',
  'T5',
  'T6',
  'T7',
  'T8',
  'T9',
  'T10',
  'T11',
  'T12',
  'L1',
  'L2',
  'L3',
  'L4',
  'L5',
] as const;

/** The name of a vertebra: T1 … T12, L1 … L5. */
export type VertebraName = (typeof vertebraNames)[number];

/** Index of the first vertebra that every phantom shows whole in both views; angles are measured from here down. */
export const firstMeasured = vertebraNames.indexOf('T7');

/** Index of L1: thoracic vertebrae come before it and carry ribs. */
export const firstLumbar = vertebraNames.indexOf('L1');

/** Index of L5. */
export const lastVertebra = vertebraNames.length - 1;

/** Average sizes of one vertebra in millimetres, and its forward tilt when standing in degrees. */
export interface VertebraSize {
  /** Height of the body. */
  readonly height: number;
  /** Width of the body, left to right. */
  readonly width: number;
  /** Depth of the body, back to front. */
  readonly depth: number;
  /** Height of the disc below, at its back. */
  readonly disc: number;
  /** Forward tilt: positive where the front edge is the lower one. */
  readonly tilt: number;
}

/** Rounded adult averages, interpolated between the levels given: for plausible pictures, not for morphometry. */
const knots: readonly (readonly [level: number, size: VertebraSize])[] = [
  [0, { height: 16, width: 28, depth: 17, disc: 4, tilt: 26 }],
  [3, { height: 18, width: 26, depth: 21, disc: 4, tilt: 17 }],
  [6, { height: 20, width: 29, depth: 26, disc: 4.2, tilt: 4 }],
  [9, { height: 22, width: 33, depth: 29, disc: 4.8, tilt: -9 }],
  [11, { height: 24.5, width: 38, depth: 31, disc: 5.5, tilt: -13 }],
  [12, { height: 26, width: 41, depth: 32, disc: 6, tilt: -12 }],
  [13, { height: 27, width: 43, depth: 33, disc: 6.5, tilt: -7.5 }],
  [14, { height: 27.5, width: 45, depth: 34, disc: 7, tilt: 0.5 }],
  [15, { height: 27.5, width: 48, depth: 35, disc: 7, tilt: 10 }],
  [16, { height: 27, width: 51, depth: 35.5, disc: 6, tilt: 22 }],
];

/** Forward tilt of the sacrum's end plate (sacral slope) in degrees, when standing. */
export const sacralSlope = 37;

/** Average size and tilt of the vertebra with this index (0 = T1, 16 = L5). */
export function vertebraSize(index: number): VertebraSize {
  const above = knots[knots.findIndex(([level]) => level >= index) - 1] ?? knots[0]!;
  const below = knots.find(([level]) => level >= index) ?? above;
  const t = below[0] === above[0] ? 0 : (index - above[0]) / (below[0] - above[0]);
  const between = (name: keyof VertebraSize) => above[1][name] + t * (below[1][name] - above[1][name]);
  return {
    height: between('height'),
    width: between('width'),
    depth: between('depth'),
    disc: between('disc'),
    tilt: between('tilt'),
  };
}
