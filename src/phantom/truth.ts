import type { Sample } from '../dataset/index.js';
import { SpineError } from '../errors.js';
import type { Box, Image } from '../image/index.js';
import { checked, optionsOf } from '../options.js';
import { createRandom } from '../random.js';
import { firstLumbar, firstMeasured, lastVertebra, vertebraNames, type VertebraName } from './anatomy.js';
import { toPixels } from './canvas.js';
import { checkParameters } from './checkParameters.js';
import { cobbAngleOf, slipOf } from './measure.js';
import {
  drawPhantom,
  phantomClass,
  phantomClasses,
  phantomThresholds,
  type PhantomClass,
  type PhantomParameters,
} from './parameters.js';
import {
  renderPhantomDefaults,
  renderPhantomRules,
  isMirrored,
  placementOf,
  projectionsOf,
  type PhantomProjection,
  type PhantomView,
  type RenderPhantomOptions,
} from './render.js';
import { buildSpine, type Corners, type Point } from './spine.js';
import { ndarrayOf } from '../ndarray.js';

/** Ends of an upper end plate, as seen in the image. */
export interface EndPlate {
  readonly upperLeft: Point;
  readonly upperRight: Point;
}

/** Corners of one vertebral body in the projections that the image holds. */
export interface VertebraLandmarks {
  readonly name: VertebraName;
  readonly frontal?: Corners;
  /** Left and right as in the image; which of them is the front, `facing` tells. */
  readonly lateral?: Corners;
}

/** What is true of one phantom. */
export interface PhantomTruth {
  readonly finding: PhantomClass;
  /** Pixels, as the landmarks count them. */
  readonly width: number;
  readonly height: number;
  /** Cobb angle over T7 … L5 in degrees, measured from the frontal corners. */
  readonly cobbAngle: number;
  /** The vertebrae that it is measured between. */
  readonly endVertebrae: { readonly upper: VertebraName; readonly lower: VertebraName };
  /** Greatest forward slip among L1 … S1, measured from the lateral corners: per cent of the end plate's depth. */
  readonly slip: number;
  /** Where it is: `L5-S1`, say. */
  readonly slipLevel: string;
  /** Which way the patient faces in the lateral view, as one looks at the image. */
  readonly facing: 'left' | 'right';
  /**
   * Bodies from the top down, in pixels: x from the left edge of the image, y from its top, pixel centres at halves.
   * T7 to L5 lie within the image; those above may not.
   */
  readonly vertebrae: readonly VertebraLandmarks[];
  /** The sacrum's end plate, in pixels. */
  readonly sacrum: { readonly frontal?: EndPlate; readonly lateral?: EndPlate };
  /** What carries the finding, in fractions of the image; empty if there is none. Boxes may overlap. */
  readonly region: readonly Box[];
}

/**
 * The truth about a sample of `phantomDataset`, found again from its label and `meta`.
 *
 * @throws SpineError `invalid-argument` if it is not such a sample, or is a copy made from one: augmentation moves
 *   pixels, so the truth belongs to the original.
 */
export function phantomTruth(sample: Sample): PhantomTruth {
  const { seed, index, view, size } = sample.meta ?? {};
  const finding = phantomClasses.find((name) => name === sample.label);
  if (typeof seed !== 'number' || typeof index !== 'number' || typeof size !== 'number' || finding === undefined) {
    throw new SpineError(
      'invalid-argument',
      `Sample ${JSON.stringify(sample.id)} is not from phantomDataset: its label or its meta lacks what a phantom is drawn from. Pass a sample as phantomDataset made it.`,
    );
  }
  if (sample.source !== undefined) {
    throw new SpineError(
      'invalid-argument',
      `Sample ${JSON.stringify(sample.id)} is a copy of ${JSON.stringify(sample.source)}, whose pixels have moved. Ask for the truth of the original.`,
    );
  }
  return describePhantom(phantomParameters(seed, index, finding), finding, { view: view as PhantomView, size });
}

/** The parameters of sample `index` of the data set with this seed. */
export function phantomParameters(seed: number, index: number, finding: PhantomClass): PhantomParameters {
  return drawPhantom(createRandom(seed, 'phantom', index), finding);
}

export const describePhantomOptions = optionsOf<RenderPhantomOptions, typeof renderPhantomDefaults>(
  'describePhantom',
  renderPhantomRules,
  renderPhantomDefaults,
);

/**
 * The truth about a phantom that was drawn by hand.
 *
 * @throws SpineError `invalid-argument` for an unknown finding or view, a size out of range, and parameters that are not
 *   those of a phantom.
 */
export function describePhantom(
  parameters: PhantomParameters,
  finding: PhantomClass,
  options: RenderPhantomOptions = {},
): PhantomTruth {
  const { view, size } = describePhantomOptions.check(options);
  checkParameters(parameters);
  checked('finding', finding, phantomClass);
  const spine = buildSpine(parameters);
  const projections = projectionsOf[view];
  const halfWidth = size / 2;
  const width = halfWidth * projections.length;

  /** Places the corners of one projection on the image; nothing if the image does not hold it. */
  function placed<T extends EndPlate>(projection: PhantomProjection, corners: T): { [key in PhantomProjection]?: T } {
    const position = projections.indexOf(projection);
    if (position < 0) return {};
    const placement = placementOf(parameters, spine, projection, size);
    const mirrored = isMirrored(parameters, projection);
    const moved = Object.entries(corners).map(([name, point]) => {
      const [x, y] = toPixels(placement, point as Point);
      return [mirrored ? otherSide(name) : name, [position * halfWidth + (mirrored ? halfWidth - x : x), y]];
    });
    return { [projection]: Object.fromEntries(moved) as T };
  }

  const vertebrae = spine.bodies.map((body, i): VertebraLandmarks => ({
    name: vertebraNames[i]!,
    ...placed('frontal', body.frontal),
    ...placed('lateral', body.lateral),
  }));
  const sacrum = { ...placed('frontal', spine.sacrum.frontal), ...placed('lateral', spine.sacrum.lateral) };

  const measured = spine.bodies.slice(firstMeasured).map((body) => body.frontal);
  const cobb = cobbAngleOf(measured);
  const slips = spine.bodies.map((body, i) =>
    slipOf(body.lateral, spine.bodies[i + 1]?.lateral ?? spine.sacrum.lateral),
  );
  const lumbar = slips.slice(firstLumbar);
  const slip = Math.max(...lumbar);
  const slipped = firstLumbar + lumbar.indexOf(slip);

  const scale = parameters.magnification * (size / 448);
  const boxAround = (points: readonly Point[], margin: number): Box => {
    const x = points.map((point) => point[0]);
    const y = points.map((point) => point[1]);
    return {
      left: clamp((Math.min(...x) - margin * scale) / width),
      right: clamp((Math.max(...x) + margin * scale) / width),
      top: clamp((Math.min(...y) - margin * scale) / size),
      bottom: clamp((Math.max(...y) + margin * scale) / size),
    };
  };
  const region: Box[] = [];
  if (finding === 'scoliosis') {
    const [first, last] = curvedPart(measured, cobb);
    for (const { frontal } of vertebrae.slice(firstMeasured + first, firstMeasured + last + 1)) {
      if (frontal) region.push(boxAround(Object.values(frontal) as Point[], 4));
    }
  } else if (finding === 'spondylolisthesis') {
    const below = vertebrae[slipped + 1]?.lateral ?? sacrum.lateral;
    const { lateral } = vertebrae[slipped]!;
    if (lateral && below)
      region.push(boxAround([...(Object.values(lateral) as Point[]), below.upperLeft, below.upperRight], 8));
  }

  return {
    finding,
    width,
    height: size,
    cobbAngle: cobb.angle,
    endVertebrae: {
      upper: vertebrae[firstMeasured + cobb.upper]!.name,
      lower: vertebrae[firstMeasured + cobb.lower]!.name,
    },
    slip,
    slipLevel: `${vertebraNames[slipped]!}-${slipped === lastVertebra ? 'S1' : vertebraNames[slipped + 1]!}`,
    facing: parameters.facing,
    vertebrae,
    sacrum,
    region,
  };
}

const otherSide = (corner: string) =>
  corner.endsWith('Left') ? corner.replace('Left', 'Right') : corner.replace('Right', 'Left');

/** The largest curve, and the curves above and below it that are findings themselves. */
function curvedPart(
  bodies: readonly Corners[],
  { upper, lower }: { upper: number; lower: number },
): [first: number, last: number] {
  const above = cobbAngleOf(bodies.slice(0, upper + 1));
  const below = cobbAngleOf(bodies.slice(lower));
  return [
    above.angle > phantomThresholds.cobbAngle ? above.upper : upper,
    below.angle > phantomThresholds.cobbAngle ? lower + below.lower : lower,
  ];
}

const clamp = (fraction: number) => Math.min(1, Math.max(0, fraction));

/**
 * The region of a truth as a mask, to be laid over an explanation of the same shape. Boxes are cut off at its edges.
 *
 * @param size height and width of the mask: any, since regions are fractions of the image.
 * @returns `[height, width, 1]`: 1 where a pixel's centre lies in a box, 0 elsewhere.
 */
export function regionMask(region: readonly Box[], [height, width]: readonly [height: number, width: number]): Image {
  const mask = new Uint8Array(height * width);
  // The first pixel whose centre is not before a place; what lies beyond the image is not in the next row.
  const first = (place: number, length: number) => Math.ceil(clamp(place) * length - 0.5);
  for (const { left, top, right, bottom } of region) {
    for (let row = first(top, height); row < first(bottom, height); row++) {
      mask.fill(1, row * width + first(left, width), row * width + first(right, width));
    }
  }
  return ndarrayOf(mask, [height, width, 1]);
}
