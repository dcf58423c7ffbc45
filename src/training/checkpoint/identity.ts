import type * as tfl from '@tensorflow/tfjs-layers';
import { fingerprint, type Dataset } from '../../dataset/index.js';
import { SpineError } from '../../errors.js';
import { modelWeights } from '../../weights/index.js';
import type { Graph } from '../../network/index.js';
import type { CheckedObjective } from '../objective/index.js';
import type { Plan } from '../plan/index.js';
import { differencesOf, hashText, parse, stringify } from '../../plain.js';

/** What a checkpoint belongs to, as plain data: with any other, the run would not go on as it would have. */
export interface RunIdentity {
  readonly seed: number;
  /** With their defaults, as are the options: one that is written out is the same as one that is left out. */
  readonly stages: unknown;
  readonly options: unknown;
  readonly objective: ObjectiveIdentity;
  readonly train: DatasetIdentity;
  readonly validation: DatasetIdentity;
  readonly model: ModelIdentity;
}

interface ObjectiveIdentity {
  readonly name: string;
  readonly takes: string;
  /** Its layers by place and kind: names that tfjs gives are others when a model is built anew. */
  readonly head: string;
  readonly targetShape: readonly number[];
  /** Sorted. */
  readonly measures: readonly string[];
  /** What decides its targets. */
  readonly identity: unknown;
}

interface ModelIdentity {
  readonly weights: number;
  /** A hash of the names and shapes of all weights, in order. */
  readonly namesAndShapes: string;
  /** A hash of what each layer is, and of whose result it reads. */
  readonly layers: string;
}

interface DatasetIdentity {
  readonly samples: number;
  /** A hash of ids, labels and whether they vary by epoch, in order. */
  readonly idsAndLabels: string;
}

/** Differences named in an error. */
const mostNamed = 4;

export function identifyDataset(dataset: Dataset): DatasetIdentity {
  return {
    samples: dataset.length,
    idsAndLabels: fingerprint(dataset, ({ id, label, perEpoch }) => [id, label, perEpoch === true]),
  };
}

/** @param plan of any stage: which layers the head is of does not depend on it. */
export function identifyObjective(
  { name, takes, targetShape, measures, identity }: CheckedObjective,
  { graph, head }: Plan,
): ObjectiveIdentity {
  const layers = [...new Set(graph.steps.map(({ layer }) => layer))];
  return {
    name,
    takes,
    head: layers
      .flatMap((layer, index) => (head.includes(layer) ? [`${index + 1} ${layer.getClassName()}`] : []))
      .join(', '),
    targetShape,
    measures: Object.keys(measures).sort(),
    identity,
  };
}

export function identifyModel(model: tfl.LayersModel, { steps }: Graph): ModelIdentity {
  const weights = modelWeights(model);
  return {
    weights: weights.length,
    namesAndShapes: hashText(weights.map(({ name, shape }) => JSON.stringify([name, shape]))),
    layers: hashText(
      steps.map(({ layer, inputs, output }) =>
        JSON.stringify([layer.getClassName(), settingsOf(layer.getConfig()), inputs, output]),
      ),
    ),
  };
}

/** Settings that do not decide what a layer does with its input, once it has weights. */
const immaterial = /^(name|trainable|dtype|inputDtype|batchInputShape)$|Initializer$/;

/** The others, in an order that does not depend on who built the layer. */
function settingsOf(config: object): unknown[] {
  const settings = Object.entries(config).filter(
    ([key, value]) => !immaterial.test(key) && value !== undefined && value !== null,
  );
  return settings.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** @throws SpineError `checkpoint-mismatch` that names what differs. */
export function checkSameRun(saved: RunIdentity, given: RunIdentity, where: string): void {
  const differences = differencesOf('', saved, parse(stringify(given)));
  if (differences.length === 0) return;
  const named = differences
    .slice(0, mostNamed)
    .map(({ path, saved: there, given: here }) => `${path} is ${show(there)} there and ${show(here)} here`);
  const more = differences.length > mostNamed ? `, and ${differences.length - mostNamed} more` : '';
  throw new SpineError(
    'checkpoint-mismatch',
    `${where} belongs to another run: ${named.join('; ')}${more}. Call fineTune as that run did, or give this one a store of its own.`,
    { details: { differences } },
  );
}

/** JSON, which has no word for NaN and infinities. */
function show(value: unknown): string {
  if (value === undefined) return 'absent';
  if (typeof value === 'number') return String(value);
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'number' && !Number.isFinite(part) ? String(part) : part,
  );
}
