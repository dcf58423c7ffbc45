import { SpineError } from '../../errors.js';
import { listFirst } from '../../listing.js';
import type { FileLayerEntry } from './fileLayers.js';
import type { ModelLayer } from './modelWeights.js';
import { isSameShape } from '../namedArrays.js';

type Pair = readonly [ModelLayer, FileLayerEntry];

/**
 * Matches the layers of one class of a model and of a file that have no names of their own, each in the order in which
 * they were made.
 *
 * With as many on both sides, the first belongs to the first and so on, and every shape must agree. Otherwise the fewer
 * must have one place only among the more, by order and shapes. Where they have several, two of them count: the
 * beginning, where the model is known to count its layers as the file does, cut after a block for instance; and equal
 * names, where the file counts from one as the model does. If both hold and differ, nothing decides.
 *
 * @param options.isCounted whether the model's layers are numbered as Keras would.
 * @throws SpineError `weights-mismatch`.
 */
export function alignLayers(
  own: readonly ModelLayer[],
  files: readonly FileLayerEntry[],
  options: { readonly isCounted: boolean },
): readonly Pair[] {
  if (own.length === 0 || files.length === 0) return [];
  if (own.length === files.length) {
    const pairs = inOrder(own, files);
    const misfit = pairs.find(([layer, file]) => !fits(layer, file));
    if (misfit) throw different(misfit);
    return pairs;
  }

  const places = countPlaces(own, files);
  if (places === 0)
    throw mismatch(
      own,
      files,
      'their shapes agree in no order-keeping way. They belong to another architecture or another width',
    );
  if (places === 1) return firstPlace(own, files);
  const beginning = options.isCounted ? inOrder(own, files) : undefined;
  const sameNames = files.every(countsFromOne) ? byEqualNames(own, files) : undefined;
  const candidates = [beginning, sameNames].filter((pairs) =>
    pairs?.every(([layer, file]) => fits(layer, file)),
  ) as (readonly Pair[])[];
  const [decided] = candidates;
  if (decided === undefined || candidates.some((other) => !samePairs(other, decided))) {
    throw mismatch(
      own,
      files,
      `the fewer fit in several places among the more. Rename the weights to the model's names, or leave out those that do not belong to it`,
    );
  }
  return decided;
}

/** The first of one side with the first of the other, as far as the shorter goes. */
const inOrder = (own: readonly ModelLayer[], files: readonly FileLayerEntry[]): readonly Pair[] =>
  own.slice(0, files.length).map((layer, index) => [layer, files[index]!]);

function byEqualNames(own: readonly ModelLayer[], files: readonly FileLayerEntry[]): readonly Pair[] | undefined {
  const named = new Map(files.map((file) => [file.key, file]));
  const pairs = own.flatMap((layer): Pair[] => {
    const file = named.get(layer.name);
    return file ? [[layer, file]] : [];
  });
  return pairs.length === Math.min(own.length, files.length) ? pairs : undefined;
}

const countsFromOne = (file: FileLayerEntry) => file.kind === 'automatic' && file.number >= 1;

const samePairs = (a: readonly Pair[], b: readonly Pair[]) =>
  a.every(([layer, file], index) => layer === b[index]?.[0] && file === b[index][1]);

/** Whether a file's layer has the variables of a model's, in the same shapes. */
function fits(layer: ModelLayer, { names, variables, shapes, isPositional }: FileLayerEntry): boolean {
  return (
    names.length === layer.weights.length &&
    layer.weights.every(({ name, shape }, index) => {
      const given = shapes[isPositional ? index : variables.indexOf(name.slice(layer.name.length + 1))];
      return given !== undefined && isSameShape(given, shape);
    })
  );
}

/** In how many ways the fewer layers find places among the more, in order: 0, 1, or 2 for several. */
function countPlaces(own: readonly ModelLayer[], files: readonly FileLayerEntry[]): number {
  const isFit = fitOfFewer(own, files);
  const few = Math.min(own.length, files.length);
  const ways = Array.from({ length: few + 1 }, (_, index): number => (index === 0 ? 1 : 0));
  for (let more = 0; more < Math.max(own.length, files.length); more++) {
    for (let placed = few; placed >= 1; placed--) {
      if (isFit(placed - 1, more)) ways[placed] = Math.min(2, ways[placed]! + ways[placed - 1]!);
    }
  }
  return ways[few]!;
}

/** The earliest places, which are all where there is one way only. */
function firstPlace(own: readonly ModelLayer[], files: readonly FileLayerEntry[]): readonly Pair[] {
  const isFit = fitOfFewer(own, files);
  const pairs: Pair[] = [];
  for (let more = 0; pairs.length < Math.min(own.length, files.length); more++) {
    if (!isFit(pairs.length, more)) continue;
    const few = pairs.length;
    pairs.push(own.length < files.length ? [own[few]!, files[more]!] : [own[more]!, files[few]!]);
  }
  return pairs;
}

const fitOfFewer = (own: readonly ModelLayer[], files: readonly FileLayerEntry[]) => (few: number, more: number) =>
  own.length < files.length ? fits(own[few]!, files[more]!) : fits(own[more]!, files[few]!);

function mismatch(own: readonly ModelLayer[], files: readonly FileLayerEntry[], why: string): SpineError {
  const ownNames = own.map(({ name }) => name);
  const fileNames = files.map(({ key }) => key);
  return new SpineError(
    'weights-mismatch',
    `Layers without names of their own do not match: the model has ${listFirst(ownNames, 6)}; the weights have ${listFirst(fileNames, 6)}; ${why}.`,
    {
      details: { model: ownNames, weights: fileNames },
    },
  );
}

function different([layer, file]: Pair): SpineError {
  const shapes = (of: readonly (readonly number[])[]) => of.map((shape) => `[${shape.join(', ')}]`).join(', ');
  return new SpineError(
    'weights-mismatch',
    `"${layer.name}" of the model is "${file.key}" of the weights by its order, but has shapes ${shapes(layer.weights.map(({ shape }) => shape))} in the model and ${shapes(file.shapes)} in the weights. They belong to another architecture or another width.`,
    { details: { model: [layer.name], weights: [file.key] } },
  );
}
