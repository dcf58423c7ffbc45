import type * as tfl from '@tensorflow/tfjs-layers';
import { fingerprint, type Dataset } from '../../dataset/index.js';
import { SpineError } from '../../errors.js';
import { modelWeights } from '../../weights/index.js';
import type { Graph } from '../../network/index.js';
import { differencesOf, hashText, parse, stringify } from '../../plain.js';

/** What a checkpoint belongs to, as plain data: with any other, the run would not go on as it would have. */
export interface RunIdentity {
  readonly seed: number;
  /** With their defaults, as are the options: one that is written out is the same as one that is left out. */
  readonly stages: unknown;
  readonly options: unknown;
  /** Its name, and what decides its targets. */
  readonly objective: { readonly name: string; readonly identity: unknown };
  readonly train: DatasetIdentity;
  readonly validation: DatasetIdentity;
  readonly model: ModelIdentity;
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

const show = (value: unknown) => (value === undefined ? 'absent' : JSON.stringify(value));
