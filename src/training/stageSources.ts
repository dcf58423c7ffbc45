import type { Dataset } from '../dataset/index.js';
import type { Progress } from '../progress.js';
import type { Graph } from './graph.js';
import type { Plan } from './plan.js';
import { frozenSource, imageSource, rememberedSource, type ImageSourceOptions, type ValueSource } from './source.js';

/** What a stage trains and validates on: the values at the boundary of its frozen prefix. */
export interface StageSources {
  readonly trainSource: ValueSource;
  readonly validationSource: ValueSource;
}

export interface StageSourcesOptions extends ImageSourceOptions {
  readonly graph: Graph;
  /** One for each stage. */
  readonly plans: readonly Plan[];
  /** How many bytes may be kept, 0 for none. */
  readonly cacheLimit: number;
  /** Told how far the keeping for a stage has come, in samples. */
  readonly onProgress: (progress: Progress, stage: number) => void;
}

/**
 * Gives each stage its sources. Frozen layers run once per sample where samples repeat and memory allows. What the
 * shallowest of the stages' prefixes gives is shared: a stage that freezes more goes on from there.
 */
export function stageSources(train: Dataset, validation: Dataset, options: StageSourcesOptions): (stage: number) => Promise<StageSources> {
  const { graph, plans, cacheLimit, batchSize, signal, imageShape } = options;
  const images: StageSources = { trainSource: imageSource(train, options), validationSource: imageSource(validation, options) };
  const total = train.length + validation.length;
  const repeats = ![...train, ...validation].some(({ perEpoch }) => perEpoch);
  const fits = (...kept: readonly Plan[]) => repeats && kept.reduce((sum, plan) => sum + bytesPerSample(graph, plan, imageShape), 0) * total <= cacheLimit;

  const shallowest = plans.reduce((a, b) => (b.prefix.length < a.prefix.length ? b : a));
  let shared: Promise<StageSources> | undefined;

  /** The values at a plan's boundary, computed from the images or from what an earlier plan's prefix gave. */
  const run = (plan: Plan, { trainSource, validationSource }: StageSources, done?: Plan): StageSources => {
    const finished = new Set(done?.prefix);
    const steps = plan.prefix.filter((step) => !finished.has(step));
    return { trainSource: frozenSource(trainSource, steps, plan.boundary), validationSource: frozenSource(validationSource, steps, plan.boundary) };
  };

  return async (stage) => {
    const plan = plans[stage] as Plan;
    const remember = async ({ trainSource, validationSource }: StageSources): Promise<StageSources> => ({
      trainSource: await rememberedSource(trainSource, batchSize, signal, ({ done }) => options.onProgress({ done, total }, stage)),
      validationSource: await rememberedSource(validationSource, batchSize, signal, ({ done }) => options.onProgress({ done: train.length + done, total }, stage)),
    });
    const share = () => (shared ??= remember(run(shallowest, images)));

    if (!fits(plan)) return run(plan, images);
    const goesOn = shallowest.prefix.every((step) => plan.prefix.includes(step));
    if (goesOn && plan.prefix.length === shallowest.prefix.length) return share();
    if (goesOn && shallowest.prefix.length > 0 && fits(plan, shallowest)) return remember(run(plan, await share(), shallowest));
    return remember(run(plan, images));
  };
}

/** What keeping the boundary of a plan takes; infinite where a shape is not known beforehand. */
function bytesPerSample(graph: Graph, { boundary }: Plan, imageShape: readonly number[]): number {
  return boundary.reduce((sum, value) => {
    const layer = graph.steps.find(({ output }) => output === value)?.layer;
    const shape = layer ? (layer.inboundNodes[0]?.outputShapes[0] as readonly (number | null)[] | undefined)?.slice(1) : imageShape;
    const floats = shape?.reduce<number>((product, side) => product * (side ?? Infinity), 1) ?? Infinity;
    return sum + floats * Float32Array.BYTES_PER_ELEMENT;
  }, 0);
}
