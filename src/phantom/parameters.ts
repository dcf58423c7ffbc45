import type { Random } from '../random.js';
import { vertebraNames } from './anatomy.js';

/** What a phantom shows. */
export type PhantomClass = 'normal' | 'scoliosis' | 'spondylolisthesis';

/** The classes, in the order in which they are dealt. */
export const phantomClasses: readonly PhantomClass[] = ['normal', 'scoliosis', 'spondylolisthesis'];

/** Where the lateral curve lies. */
export type CurvePattern = 'thoracic' | 'thoracolumbar' | 'lumbar' | 'double';

/**
 * Everything that a phantom is made from: a plain record that {@link renderPhantom} turns into pixels without chance.
 * Lengths are in millimetres of the patient, angles in degrees.
 */
export interface PhantomParameters {
  /** Lateral curve: every patient has one, most of them too small to be a finding. */
  readonly curve: {
    /** The Cobb angle that the geometry is solved for. */
    readonly cobbAngle: number;
    readonly pattern: CurvePattern;
    /** Side of the (upper) convexity: 1 the patient's left, on the image's right; −1 the other. */
    readonly side: 1 | -1;
    /** Shift of the whole curve along the column, in vertebrae. */
    readonly shift: number;
    /** Share of the larger node's tilt that the other end of a double curve has. */
    readonly balance: number;
    /** Axial rotation of a vertebra per degree of tilt difference to the next. */
    readonly rotation: number;
  };
  /** Forward slip of one lumbar vertebra on the next. */
  readonly slip: {
    /** Per cent of the depth of the lower vertebra's end plate. */
    readonly percent: number;
    readonly level: 'L4-L5' | 'L5-S1';
  };
  /** How this patient is built and stands; one value per vertebra where there are many. */
  readonly patient: {
    readonly heights: number;
    readonly widths: number;
    readonly depths: number;
    readonly lordosis: number;
    readonly kyphosis: number;
    readonly lean: number;
    readonly frontalJitter: readonly number[];
    readonly sagittalJitter: readonly number[];
    readonly slipJitter: readonly number[];
    readonly discs: readonly number[];
    readonly density: number;
    readonly thickness: number;
    readonly chest: number;
    readonly ribSlope: number;
    readonly diaphragm: number;
    readonly heart: number;
    readonly pelvis: number;
    readonly gas: readonly GasPocket[];
  };
  /** How the patient stands in each view. */
  readonly frontal: Positioning;
  readonly lateral: Positioning;
  /** Pixels per millimetre, of an image 448 pixels high. */
  readonly magnification: number;
  /** From attenuation to grey. */
  readonly film: {
    readonly brightness: number;
    readonly contrast: number;
    readonly gamma: number;
    readonly equalisation: number;
    readonly noise: number;
    readonly grain: number;
    readonly blur: number;
    readonly vignetting: number;
    readonly heel: number;
    readonly noiseSeed: number;
  };
}

/** Gas in the bowel, as a share of the abdomen's width and height. */
export interface GasPocket {
  readonly x: number;
  readonly y: number;
  readonly depth: number;
  readonly width: number;
  readonly height: number;
  readonly amount: number;
}

/** Where the patient stands in one view. */
export interface Positioning {
  /** Shift in pixels of an image 448 pixels high. */
  readonly x: number;
  readonly y: number;
  /** Turn in the image plane. */
  readonly angle: number;
  /** Width of the collimated border at left, top, right and bottom, in pixels of an image 448 pixels high. */
  readonly borders: readonly [left: number, top: number, right: number, bottom: number];
}

/** Below these a phantom counts as normal: degrees, and per cent of the body's depth. */
export const phantomThresholds = { cobbAngle: 8, slip: 4 } as const;

/** Severities: degrees of Cobb angle and per cent of slip, each drawn evenly from its range. */
export const phantomSeverities = {
  cobbAngle: { absent: [2.5, 7], present: [12, 60] },
  slip: { absent: [-1, 3.5], present: [15, 65] },
} as const;

/**
 * Draws the parameters of one phantom: the only step with chance in it. All that has nothing to do with the finding is
 * drawn from a stream that does not know the class, so two phantoms of one stream and different classes are the same
 * patient with and without the finding.
 *
 * @param random the phantom's own stream; it is forked, not advanced.
 */
export function drawPhantom(random: Random, finding: PhantomClass): PhantomParameters {
  const severity = random.fork('severity');
  const cobbRange = phantomSeverities.cobbAngle[finding === 'scoliosis' ? 'present' : 'absent'];
  const slipRange = phantomSeverities.slip[finding === 'spondylolisthesis' ? 'present' : 'absent'];
  const cobbAngle = severity.uniform(...cobbRange);
  const percent = severity.uniform(...slipRange);

  const shape = random.fork('shape');
  const curve = {
    cobbAngle,
    pattern: (['thoracic', 'thoracolumbar', 'lumbar', 'double'] as const)[shape.integer(0, 3)]!,
    side: shape.chance(0.5) ? 1 : (-1 as 1 | -1),
    shift: shape.uniform(-0.4, 0.4),
    balance: shape.uniform(0.6, 0.95),
    rotation: shape.uniform(0.8, 1.6),
  };
  const slip = { percent, level: shape.chance(0.3) ? ('L4-L5' as const) : ('L5-S1' as const) };

  return {
    curve,
    slip,
    patient: drawPatient(random.fork('patient')),
    frontal: drawPositioning(random.fork('frontal')),
    lateral: drawPositioning(random.fork('lateral')),
    magnification: random.fork('magnification').uniform(0.9, 0.99),
    film: drawFilm(random.fork('film')),
  };
}

function drawPatient(random: Random): PhantomParameters['patient'] {
  const perVertebra = (draw: () => number) => vertebraNames.map(draw);
  return {
    heights: random.uniform(0.97, 1.03),
    widths: random.uniform(0.92, 1.08),
    depths: random.uniform(0.95, 1.07),
    lordosis: random.uniform(0.75, 1.2),
    kyphosis: random.uniform(0.6, 1.3),
    lean: random.uniform(-3, 3),
    frontalJitter: perVertebra(() => random.uniform(-0.45, 0.45)),
    sagittalJitter: perVertebra(() => random.uniform(-1, 1)),
    slipJitter: perVertebra(() => random.uniform(-1.8, 1.8)),
    discs: perVertebra(() => random.uniform(0.85, 1.15)),
    density: random.uniform(0.85, 1.2),
    thickness: random.uniform(0.85, 1.2),
    chest: random.uniform(0.92, 1.1),
    ribSlope: random.uniform(0.8, 1.25),
    diaphragm: random.uniform(-14, 14),
    heart: random.uniform(0.85, 1.2),
    pelvis: random.uniform(0.93, 1.08),
    gas: Array.from({ length: random.integer(4, 9) }, () => ({
      x: random.uniform(-1, 1),
      y: random.uniform(0, 1),
      depth: random.uniform(0, 1),
      width: random.uniform(7, 22),
      height: random.uniform(6, 15),
      amount: random.uniform(0.12, 0.4),
    })),
  };
}

function drawPositioning(random: Random): Positioning {
  // Half the edges are collimated outside the picture.
  const border = () => Math.max(0, random.uniform(-9, 9));
  return {
    x: random.uniform(-13, 13),
    y: random.uniform(-5, 5),
    angle: random.uniform(-2.5, 2.5),
    borders: [border(), border() / 3, border(), border()],
  };
}

function drawFilm(random: Random): PhantomParameters['film'] {
  return {
    brightness: random.uniform(-0.35, 0.35),
    contrast: random.uniform(0.8, 1.25),
    gamma: random.uniform(0.85, 1.25),
    equalisation: random.uniform(0.55, 0.8),
    noise: random.uniform(0.012, 0.045),
    grain: random.uniform(0.004, 0.016),
    blur: random.uniform(0.35, 0.85),
    vignetting: random.uniform(0, 0.25),
    heel: random.uniform(-0.2, 0.2),
    noiseSeed: random.integer(0, 0x7fffffff),
  };
}
