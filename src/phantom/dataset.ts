import type { Dataset, Sample } from '../dataset/index.js';
import { SpineError } from '../errors.js';
import { names, optionsOf, required, seedNumber, wholeNumber, type Rule } from '../options.js';
import { createRandom } from '../random.js';
import { phantomClasses, type PhantomClass } from './parameters.js';
import {
  renderPhantom,
  renderPhantomDefaults,
  renderPhantomRules,
  type PhantomView,
  type RenderPhantomOptions,
} from './render.js';
import { describePhantom, phantomParameters } from './truth.js';

/** Options of {@link phantomDataset}. */
export interface PhantomDatasetOptions extends RenderPhantomOptions {
  /** Which phantoms: each sample is a function of the seed, its index and its class. */
  readonly seed: number;
  /** How many; at least one per class. */
  readonly total: number;
  /** Default: those that the view can show, all three of `biplanar`. */
  readonly classes?: readonly PhantomClass[];
}

export const phantomDatasetOptions = optionsOf<PhantomDatasetOptions, typeof renderPhantomDefaults>(
  'phantomDataset',
  {
    ...renderPhantomRules,
    seed: required(seedNumber),
    total: required(wholeNumber(1)),
    // Which of them a view can show is found out with the view.
    classes: names as Rule<readonly PhantomClass[]>,
  },
  renderPhantomDefaults,
);

/** Classes that each view can tell apart: a slip shows from the side only, a lateral curve from the front only. */
export const phantomViewClasses: Readonly<Record<PhantomView, readonly PhantomClass[]>> = {
  biplanar: phantomClasses,
  frontal: ['normal', 'scoliosis'],
  lateral: ['normal', 'spondylolisthesis'],
};

/**
 * Synthetic spine radiographs with known truth, in equal numbers per class (as near as `total` allows) and in shuffled
 * order. Nothing is rendered until a sample is loaded, and loading gives the same bytes each time.
 *
 * Samples have a `label`, their own `group`, and in `meta`: `cobbAngle` (degrees), `slip` (per cent of the vertebral
 * body's depth), `endVertebrae`, `slipLevel`, `facing`, `view`, `size`, `seed`, `index`. `phantomTruth(sample)` gives
 * landmarks and the region of the finding.
 *
 * @throws SpineError `invalid-argument` if the seed is missing, the total too small, or a view or class unknown or at
 *   odds with each other.
 */
export function phantomDataset(options: PhantomDatasetOptions): Dataset {
  const { seed, total, view, size, ...settings } = phantomDatasetOptions.check(options);
  const classes = checkedClasses(settings.classes ?? phantomViewClasses[view], view);
  const random = createRandom(seed, 'phantom', 'classes');
  if (total < classes.length) {
    throw new SpineError(
      'invalid-argument',
      `total must be an integer of at least ${classes.length}, one phantom per class, got ${total}.`,
    );
  }
  const dealt = Array.from({ length: total }, (_, i) => classes[i % classes.length]!);
  return random.shuffle(dealt).map((finding, index) => phantomSample(seed, index, finding, { view, size }));
}

function phantomSample(
  seed: number,
  index: number,
  finding: PhantomClass,
  { view, size }: Required<RenderPhantomOptions>,
): Sample {
  const id = `phantom-${seed}-${String(index).padStart(4, '0')}`;
  const parameters = phantomParameters(seed, index, finding);
  const { cobbAngle, slip, endVertebrae, slipLevel, facing } = describePhantom(parameters, finding, { view, size });
  return {
    id,
    label: finding,
    group: id,
    meta: {
      cobbAngle,
      slip,
      endVertebrae: `${endVertebrae.upper}-${endVertebrae.lower}`,
      slipLevel,
      facing,
      view,
      size,
      seed,
      index,
    },
    load: async (how) => {
      how?.signal?.throwIfAborted();
      return renderPhantom(parameters, { view, size });
    },
  };
}

function checkedClasses(classes: readonly PhantomClass[], view: PhantomView): readonly PhantomClass[] {
  if (classes.length === 0)
    throw new SpineError('invalid-argument', 'classes is empty. Name at least one, or leave it out.');
  classes.forEach((name, i) => {
    if (!phantomClasses.includes(name)) {
      throw new SpineError(
        'invalid-argument',
        `Unknown class ${JSON.stringify(name)}. Phantoms have ${phantomClasses.join(', ')}.`,
      );
    }
    if (classes.indexOf(name) !== i)
      throw new SpineError('invalid-argument', `Class ${JSON.stringify(name)} is named twice in classes.`);
    if (!phantomViewClasses[view].includes(name)) {
      const reason =
        name === 'scoliosis' ? 'a lateral curve shows from the front only' : 'a slip shows from the side only';
      throw new SpineError(
        'invalid-argument',
        `The ${view} view cannot show ${name}: ${reason}. Use view 'biplanar', or the classes ${phantomViewClasses[view].join(', ')}.`,
      );
    }
  });
  return classes;
}
