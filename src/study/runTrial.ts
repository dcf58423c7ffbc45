import type { DatasetSplit } from '../dataset/index.js';
import type * as tfl from '@tensorflow/tfjs-layers';
import { currentBackend } from '../backend/index.js';
import { isSpineError, SpineError } from '../errors.js';
import { listNames } from '../listing.js';
import { buildBackbone } from '../models/index.js';
import { fineTune, frozenCacheOptions, headLayerNames, type FineTuneOptions } from '../training/index.js';
import { loadWeights, requireArrays } from '../weights/index.js';
import type { TrialResult, FailedTrial, FinishedTrial, MeasuredStage, WeightSummary } from './trialResult.js';
import { measure } from './measure.js';
import type { InitialWeights } from './options.js';
import { checkTrialSpec } from './checkTrialSpec.js';
import { checkSameParts, requireParts } from './parts.js';
import { backboneOptions, type TrialSpec } from './trialSpec.js';
import { predictDataset } from '../inference/index.js';
import { abortSignal, callback, checkedLater, optionsOf, record } from '../options.js';

/** What a trial needs or tells beside its spec and parts; none of it is part of the result. */
export interface RunTrialOptions extends Pick<FineTuneOptions, 'cache' | 'signal' | 'onCache' | 'onBatch' | 'onEpoch'> {
  /** Initial weights, where the spec says `pretrained`. */
  readonly weights?: InitialWeights;
}

export const runTrialOptions = optionsOf<RunTrialOptions>('runTrial', {
  cache: record(frozenCacheOptions),
  signal: abortSignal,
  onCache: callback,
  onBatch: callback,
  onEpoch: callback,
  // Those of a function are known when they have come.
  weights: checkedLater,
});

/**
 * Builds, trains and measures one model as its spec says. Whatever goes wrong in it becomes a row with the error; its
 * tensors are disposed in any case. Spec and row are plain JSON, so that this may run in a worker or on another
 * machine that has the same parts.
 *
 * @throws SpineError `invalid-argument` for a spec that lacks or misspells something, or that no model can be built and
 *   trained by, and for parts or weights that are not those it speaks of; `unknown-label` for a class weight of no class
 *   of it; `backend-not-registered`; `backend-lost`. Rejects with `signal.reason` once that is aborted.
 */
export async function runTrial(
  spec: TrialSpec,
  parts: DatasetSplit,
  given: RunTrialOptions = {},
): Promise<TrialResult> {
  checkTrialSpec(spec);
  requireParts('runTrial', parts);
  const options = runTrialOptions.check(given);
  const { signal, weights } = options;
  checkSameParts(spec, parts);
  if ((spec.pretrained === true) !== (weights !== undefined)) {
    throw new SpineError(
      'invalid-argument',
      `The spec "${spec.name}" ${spec.pretrained === true ? 'needs weights, and none were given' : 'is of a model that starts at random, but weights were given'}.`,
    );
  }
  const backend = currentBackend();
  signal?.throwIfAborted();

  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  try {
    const outcome = await trainAndMeasure(spec, parts, options);
    return { spec, backend, seconds: seconds(), ...outcome };
  } catch (error) {
    signal?.throwIfAborted();
    // No fault of the backbone, and the others would fail of it too.
    if (isSpineError(error, 'backend-lost')) throw error;
    return { spec, backend, seconds: seconds(), error: describe(error) };
  }
}

async function trainAndMeasure(
  spec: TrialSpec,
  parts: DatasetSplit,
  options: RunTrialOptions,
): Promise<Omit<FinishedTrial, 'spec' | 'backend' | 'seconds'>> {
  const { weights, ...watching } = options;
  const { seed, stages, batchSize, classWeight } = spec;
  const model = buildBackbone(spec.backbone, backboneOptions(spec));
  try {
    const loaded = weights && (await loadPretrained(spec, model, weights, options.signal));
    const measured: MeasuredStage[] = [];
    const predict = async (part: 'validation' | 'test') =>
      measure(
        await predictDataset(model, parts[part], { batchSize, ...(options.signal && { signal: options.signal }) }),
      );
    const history = await fineTune(model, parts, {
      ...watching,
      seed,
      stages,
      batchSize,
      ...(classWeight !== undefined && { classWeight }),
      onStage: async ({ name }) =>
        void measured.push({ name, validation: await predict('validation'), test: await predict('test') }),
    });
    return { parameters: model.countParams(), ...(loaded && { weights: loaded }), history, stages: measured };
  } finally {
    model.dispose();
  }
}

/** Gets the weights, loads them, and lets them go. */
async function loadPretrained(
  { name: row }: TrialSpec,
  model: tfl.LayersModel,
  source: InitialWeights,
  signal: AbortSignal | undefined,
): Promise<WeightSummary> {
  const given = typeof source === 'function' ? await source(signal ? { signal } : {}) : source;
  signal?.throwIfAborted();
  requireArrays(`The backbone "${row}"`, given);

  const head = new Set(headLayerNames(model));
  const isOfHead = (name: string) => head.has(name.slice(0, name.lastIndexOf('/')));
  // Each row's head starts anew, from the same seed: ImageNet's has other classes, and an earlier model's has an advantage.
  const { matched, missing, unexpected } = loadWeights(model, new Map([...given].filter(([name]) => !isOfHead(name))), {
    strict: false,
  });
  const lacking = missing.filter((name) => !isOfHead(name));
  if (lacking.length > 0) {
    throw new SpineError(
      'weights-mismatch',
      `The weights lack ${lacking.length} tensors of the backbone: ${listNames(lacking, 4)}. Random layers among pretrained ones would ruin what the others know. Give whole weights, or build up to a block that they cover.`,
      { details: { missing: lacking } },
    );
  }
  return { matched: matched.length, missing, unexpected: [...unexpected, ...[...given.keys()].filter(isOfHead)] };
}

function describe(error: unknown): FailedTrial['error'] {
  if (isSpineError(error)) return { code: error.code, message: error.message };
  return { code: 'unexpected', message: error instanceof Error ? error.message : String(error) };
}
