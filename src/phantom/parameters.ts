import { checked, oneOf, type Rule } from '../options.js';
import type { Random } from '../random.js';
import { vertebraNames } from './anatomy.js';

/** What a phantom shows. */
export type PhantomClass = 'normal' | 'scoliosis' | 'spondylolisthesis';

/** The classes, in the order in which they are dealt. */
export const phantomClasses: readonly PhantomClass[] = ['normal', 'scoliosis', 'spondylolisthesis'];

export const phantomClass: Rule<PhantomClass> = oneOf('normal', 'scoliosis', 'spondylolisthesis');

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
    /** Factors on the average heights, widths and depths of the bodies. */
    readonly heights: number;
    readonly widths: number;
    readonly depths: number;
    /** Factors on the lumbar and thoracic curves of the side view. */
    readonly lordosis: number;
    readonly kyphosis: number;
    /** Added to the tilt of the sacrum's end plate. */
    readonly sacralSlope: number;
    /** Forward lean of the whole column. */
    readonly lean: number;
    /** Tilt of single vertebrae in the frontal and the sagittal plane. */
    readonly frontalJitter: readonly number[];
    readonly sagittalJitter: readonly number[];
    /** Offset of each vertebra on the next, per cent of its depth; the slip's own level does not use it. */
    readonly slipJitter: readonly number[];
    /** Factors on disc heights. */
    readonly discs: readonly number[];
    /** Factor on the attenuation of bone. */
    readonly density: number;
    /** Factor on the attenuation of the trunk. */
    readonly thickness: number;
    /** Factor on the chest's width. */
    readonly chest: number;
    /** Factor on the fall of the ribs. */
    readonly ribSlope: number;
    /** Lower (+) or higher (−) stand of the diaphragm. */
    readonly diaphragm: number;
    /** Factor on the heart's size. */
    readonly heart: number;
    /** Factor on the pelvis's size. */
    readonly pelvis: number;
    /** Gas in the bowel. */
    readonly gas: readonly GasPocket[];
    /** Gas in the stomach: its shift, half axes and the attenuation that it takes away. */
    readonly stomach: {
      readonly x: number;
      readonly y: number;
      readonly width: number;
      readonly height: number;
      readonly amount: number;
    };
    /** Seed of the mottle of soft tissue. */
    readonly texture: number;
  };
  /** Which way the patient faces in the lateral view, as one looks at the image. */
  readonly facing: 'left' | 'right';
  /** How the patient stands in each view. */
  readonly frontal: Positioning;
  readonly lateral: Positioning;
  /** Pixels per millimetre, of an image 448 pixels high. */
  readonly magnification: number;
  /** From attenuation to grey. */
  readonly film: {
    /** Added to the film's log odds; 0 maps the mean to middle grey. */
    readonly brightness: number;
    /** Factor on the film's slope. */
    readonly contrast: number;
    /** Exponent on its response. */
    readonly gamma: number;
    /** Share of the local mean that is taken away. */
    readonly equalisation: number;
    /** Standard deviation of quantum noise at an attenuation of 2, and of the grain that does not depend on it. */
    readonly noise: number;
    readonly grain: number;
    /** Blur in pixels of an image 448 pixels high. */
    readonly blur: number;
    /** Fall of the field towards the corners, and from top to bottom. */
    readonly vignetting: number;
    readonly heel: number;
    readonly noiseSeed: number;
  };
}

/** One pocket of gas in the bowel. */
export interface GasPocket {
  /** Place across, −1 … 1 from the patient's right to left, down, 0 … 1 from the diaphragm, and from back to front. */
  readonly x: number;
  readonly y: number;
  readonly depth: number;
  /** Turn, −1 … 1. */
  readonly side: number;
  /** Half axes. */
  readonly width: number;
  readonly height: number;
  /** Attenuation that it takes away. */
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
 * @throws SpineError `invalid-argument` for an unknown finding.
 */
export function drawPhantom(random: Random, finding: PhantomClass): PhantomParameters {
  checked('finding', finding, phantomClass);
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
  const slip = { percent, level: shape.chance(0.4) ? ('L4-L5' as const) : ('L5-S1' as const) };

  return {
    curve,
    slip,
    patient: drawPatient(random.fork('patient')),
    facing: random.fork('facing').chance(0.5) ? 'left' : 'right',
    frontal: drawPositioning(random.fork('frontal')),
    lateral: drawPositioning(random.fork('lateral')),
    magnification: random.fork('magnification').uniform(0.86, 0.98),
    film: drawFilm(random.fork('film')),
  };
}

function drawPatient(random: Random): PhantomParameters['patient'] {
  const perVertebra = (draw: () => number) => vertebraNames.map(draw);
  return {
    heights: random.uniform(0.97, 1.03),
    widths: random.uniform(0.92, 1.08),
    depths: random.uniform(0.95, 1.07),
    lordosis: random.uniform(0.65, 1.25),
    kyphosis: random.uniform(0.6, 1.3),
    sacralSlope: random.uniform(-5, 5),
    lean: random.uniform(-6, 6),
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
    gas: drawBowelGas(random.fork('gas')),
    stomach: {
      x: random.uniform(-14, 14),
      y: random.uniform(-8, 14),
      width: random.uniform(12, 28),
      height: random.uniform(7, 16),
      amount: random.uniform(0.1, 0.42),
    },
    texture: random.integer(0, 0x7fffffff),
  };
}

/** Gas lies in loops of bowel: a few places, each a cluster of pockets. */
function drawBowelGas(random: Random): GasPocket[] {
  const pockets: GasPocket[] = [];
  for (let loops = random.integer(3, 7); loops > 0; loops--) {
    const [x, y, depth] = [random.uniform(-0.95, 0.95), random.uniform(), random.uniform()];
    const [size, amount] = [random.uniform(0.7, 1.3), random.uniform(0.08, 0.3)];
    for (let parts = random.integer(2, 5); parts > 0; parts--) {
      pockets.push({
        x: x + random.normal(0, 0.13),
        y: y + random.normal(0, 0.05),
        depth: depth + random.normal(0, 0.14),
        side: random.uniform(-1, 1),
        width: size * random.uniform(5, 13),
        height: size * random.uniform(3.5, 8.5),
        amount: amount * random.uniform(0.6, 1.2),
      });
    }
  }
  return pockets;
}

function drawPositioning(random: Random): Positioning {
  // Half the edges are collimated outside the picture.
  const border = () => Math.max(0, random.uniform(-9, 9));
  return {
    x: random.uniform(-20, 20),
    y: random.uniform(-10, 8),
    angle: random.uniform(-4, 4),
    borders: [border(), border() / 3, border(), border()],
  };
}

function drawFilm(random: Random): PhantomParameters['film'] {
  return {
    brightness: random.uniform(-0.35, 0.35),
    contrast: random.uniform(0.8, 1.25),
    gamma: random.uniform(0.85, 1.25),
    equalisation: random.uniform(0.55, 0.8),
    noise: random.uniform(0.01, 0.028),
    grain: random.uniform(0.004, 0.016),
    blur: random.uniform(0.35, 0.85),
    vignetting: random.uniform(0, 0.25),
    heel: random.uniform(-0.2, 0.2),
    noiseSeed: random.integer(0, 0x7fffffff),
  };
}
