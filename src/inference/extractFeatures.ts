import type * as tfl from '@tensorflow/tfjs-layers';
import type { NdArray } from 'ndarray';
import { requireLiveBackend, requireLiveWeights } from '../backend/index.js';
import { requireDataset, type Dataset } from '../dataset/index.js';
import { SpineError } from '../errors.js';
import { inputShape, readGraph, infer, type Graph, headLayers, requireModel } from '../network/index.js';
import { modelOutputs } from './modelOutputs.js';
import { passRules, predictDatasetDefaults, type PredictDatasetOptions } from './predictDataset.js';
import { ndarrayOf } from '../ndarray.js';
import { optionsOf, text } from '../options.js';

/** Options of {@link extractFeatures}. */
export interface ExtractFeaturesOptions extends Omit<PredictDatasetOptions, 'augment'> {
  /** The layer whose output is wanted, by name. Default: the one that pools the feature maps, first of the head. */
  readonly layer?: string;
}

export const extractFeaturesOptions = optionsOf<ExtractFeaturesOptions, typeof predictDatasetDefaults>(
  'extractFeatures',
  { ...passRules, layer: text },
  predictDatasetDefaults,
);

/** What a layer says of each sample of a data set. */
export interface ExtractedFeatures {
  /** Sample ids, in the order of the rows. */
  readonly ids: readonly string[];
  /** `[n, d]`: each sample's output, flattened in row-major order. */
  readonly features: NdArray<Float32Array>;
  /** The shape of one sample's output, whose product is d. */
  readonly shape: readonly number[];
}

/**
 * Any layer's output for every sample, as rows for other people's classifiers. Samples must be preprocessed to the
 * model's input shape, with values in [0, 1].
 *
 * @throws SpineError `invalid-argument` for an unknown layer, misspelt options or if `dataset` is not a data set;
 *   `dataset-empty`; `backend-not-registered`; `backend-lost`; what {@link batches} throws for a bad sample.
 */
export async function extractFeatures(
  model: tfl.LayersModel,
  dataset: Dataset,
  options: ExtractFeaturesOptions = {},
): Promise<ExtractedFeatures> {
  requireModel('extractFeatures', model);
  requireDataset('The data set of extractFeatures', dataset);
  const { layer, batchSize, signal, onProgress } = extractFeaturesOptions.check(options);
  if (dataset.length === 0) throw new SpineError('dataset-empty', 'There is no sample to extract features of.');
  requireLiveBackend();
  requireLiveWeights(model);
  const graph = readGraph(model);
  const value = wantedValue(graph, layer);

  let rows: Float32Array | undefined;
  let shape: readonly number[] = [];
  let written = 0;
  const output = modelOutputs(dataset, (images) => infer(graph.steps, new Map([[graph.input, images]]), [value])[0]!, {
    batchSize,
    imageShape: inputShape(model),
    signal,
    onProgress,
  });
  for await (const { ids, shape: ofOne, values } of output) {
    shape = ofOne;
    rows ??= new Float32Array((values.length / ids.length) * dataset.length);
    rows.set(values, written);
    written += values.length;
  }
  const features = rows ?? new Float32Array(0);
  return {
    ids: dataset.map(({ id }) => id),
    features: ndarrayOf(features, [dataset.length, features.length / dataset.length]),
    shape,
  };
}

function wantedValue(graph: Graph, layer: string | undefined): number {
  const name = layer ?? headLayers(graph)[0]?.name ?? graph.steps.at(-1)?.layer.name;
  const step = graph.steps.findLast((candidate) => candidate.layer.name === name);
  if (!step) {
    throw new SpineError(
      'invalid-argument',
      `The model has no layer "${name}". Its last layers are ${graph.steps
        .slice(-6)
        .map(({ layer: { name } }) => name)
        .join(', ')}.`,
    );
  }
  return step.output;
}
