import { oneOf, optionsOf, type Rules } from '../options.js';
import { type Image } from '../image/index.js';
import { lastVertebra, firstMeasured } from './anatomy.js';
import { AttenuationCanvas, type Placement } from './canvas.js';
import { exposeFilm } from './film.js';
import { drawFrontal } from './frontal.js';
import { drawLateral } from './lateral.js';
import { checkParameters } from './checkParameters.js';
import type { PhantomParameters } from './parameters.js';
import { buildSpine, midpoint, type Spine } from './spine.js';
import { ndarrayOf } from '../ndarray.js';

/** Which projections an image holds: `biplanar` has the frontal on the left, the lateral on the right. */
export type PhantomView = 'biplanar' | 'frontal' | 'lateral';

/** One projection. */
export type PhantomProjection = 'frontal' | 'lateral';

/** How a phantom is put on film. */
export interface RenderPhantomOptions {
  /** Default `biplanar`. */
  readonly view?: PhantomView;
  /**
   * Height of the image in pixels, an even number from 64 to 2048. A single view is half as wide, `biplanar` as wide.
   * Default 448.
   */
  readonly size?: number;
}

/** Defaults of {@link RenderPhantomOptions}. */
export const renderPhantomDefaults = { view: 'biplanar', size: 448 } as const satisfies Required<RenderPhantomOptions>;

/** What each function that puts a phantom on film checks. */
export const renderPhantomRules: Rules<RenderPhantomOptions> = {
  view: oneOf('biplanar', 'frontal', 'lateral'),
  size: {
    expects: 'an even number of pixels from 64 to 2048',
    accepts: (given) => typeof given === 'number' && given % 2 === 0 && given >= 64 && given <= 2048,
  },
};

export const renderPhantomOptions = optionsOf<RenderPhantomOptions, typeof renderPhantomDefaults>(
  'renderPhantom',
  renderPhantomRules,
  renderPhantomDefaults,
);

/** Projections of a view, from left to right. */
export const projectionsOf: Readonly<Record<PhantomView, readonly PhantomProjection[]>> = {
  biplanar: ['frontal', 'lateral'],
  frontal: ['frontal'],
  lateral: ['lateral'],
};

/**
 * Renders one phantom: attenuation of every part along parallel rays, then the film. No chance is left: the same
 * parameters give the same bytes.
 *
 * @returns [size, size, 1] bytes for `biplanar`, [size, size / 2, 1] for a single view; bone is bright.
 * @throws SpineError `invalid-argument` for an unknown view, a size out of range, and parameters that are not those of
 *   a phantom.
 */
export function renderPhantom(parameters: PhantomParameters, options: RenderPhantomOptions = {}): Image {
  const { view, size } = renderPhantomOptions.check(options);
  checkParameters(parameters);
  const spine = buildSpine(parameters);
  const projections = projectionsOf[view];
  const width = size / 2;
  const pixels = new Uint8Array(size * width * projections.length);
  projections.forEach((projection, n) => {
    const canvas = new AttenuationCanvas(width, size, placementOf(parameters, spine, projection, size));
    if (projection === 'frontal') drawFrontal(canvas, spine, parameters);
    else drawLateral(canvas, spine, parameters);
    if (isMirrored(parameters, projection)) mirror(canvas.attenuation, width);
    const film = exposeFilm(
      canvas.attenuation,
      width,
      size,
      parameters.film,
      parameters[projection].borders,
      projection,
    );
    for (let row = 0; row < size; row++) {
      pixels.set(film.subarray(row * width, (row + 1) * width), (row * projections.length + n) * width);
    }
  });
  return ndarrayOf(pixels, [size, width * projections.length, 1]);
}

/** Geometry is built facing right; a patient who faces left is its mirror image. */
export const isMirrored = ({ facing }: PhantomParameters, projection: PhantomProjection): boolean =>
  projection === 'lateral' && facing === 'left';

function mirror(values: Float32Array, width: number): void {
  for (let start = 0; start < values.length; start += width) values.subarray(start, start + width).reverse();
}

/** Where the sacrum stands in the field: share of the height. */
const sacrumHeight = 0.83;

/** Where the middle of the column stands: share of a view's width. The lateral view leaves room in front. */
const columnPosition: Readonly<Record<PhantomProjection, number>> = { frontal: 0.5, lateral: 0.42 };

/** How one projection lies on its half of the image. */
export function placementOf(
  parameters: PhantomParameters,
  spine: Spine,
  projection: PhantomProjection,
  size: number,
): Placement {
  const unit = size / 448;
  const position = parameters[projection];
  const bodies = spine.bodies.slice(firstMeasured, lastVertebra + 1);
  const columnX =
    bodies.reduce((sum, body) => sum + midpoint(body[projection].upperLeft, body[projection].lowerRight)[0], 0) /
    bodies.length;
  return {
    scale: parameters.magnification * unit,
    angle: position.angle,
    centre: [size * 0.5 * columnPosition[projection] + position.x * unit, size * sacrumHeight + position.y * unit],
    // Centred on the column, so that neither a curve nor a slip tells by where the column stands.
    origin: [columnX, 0],
  };
}
