import type { Dataset } from '../../dataset/index.js';
import type { Progress } from '../../progress.js';
import type { FrozenCache } from './frozenCache.js';
import type { Graph } from '../../network/index.js';
import { keptSource, type KeptSource } from './keptSource.js';
import type { Plan } from '../plan/index.js';
import { removeLeftRows, SampleRows, type MemoryBudget } from './sampleRows.js';
import { prefixSource, imageSource, type ImageSourceOptions, type ValueSource } from './source.js';

/** What a stage trains and validates on: the values at the boundary of its frozen prefix. */
export interface Sources {
  readonly train: ValueSource;
  readonly validation: ValueSource;
}

export interface StageSourcesOptions extends ImageSourceOptions {
  readonly graph: Graph;
  /** One for each stage. */
  readonly plans: readonly Plan[];
  /** Epochs of all stages. */
  readonly epochs: number;
  readonly cache: FrozenCache;
  /** How a stage mixes its images, if it does: frozen layers then have new work in each epoch. */
  readonly mixing: (stage: number) => ((images: ValueSource) => ValueSource) | undefined;
  /** Told how far the keeping for a stage has come, in samples. */
  readonly onProgress: (progress: Progress, stage: number) => void;
}

/** The sources of each stage, which take turns. */
export interface StageSources {
  /** The sources of one stage, at whose beginning those of the stage before end. */
  begin(stage: number): Promise<Sources>;
  /**
   * Computes what the stage that has begun needs for an epoch and is to be kept, so that the time it takes is not the
   * epoch's.
   *
   * @param epoch counted from 0 over all stages.
   */
  fill(epoch: number): Promise<void>;
  /** Lets go of all that was kept, in this run or in one that was killed. */
  close(): Promise<void>;
}

/**
 * Gives each stage its sources. Frozen layers run once per sample where samples repeat and there is room. What the
 * shallowest of the stages' prefixes gives is shared: a stage that freezes more goes on from there.
 */
export function stageSources(train: Dataset, validation: Dataset, options: StageSourcesOptions): StageSources {
  const { graph, plans, cache, imageShape } = options;
  const images: Sources = { train: imageSource(train, options), validation: imageSource(validation, options) };
  const views = Math.min(cache.views ?? Infinity, options.epochs);
  const varying = train.filter(({ perEpoch }) => perEpoch).length;
  const repeats = varying === 0 || cache.views !== undefined;
  const rowsPerValue = train.length - varying + varying * views + validation.length;
  const bytesOf = (plan: Plan) => bytesPerSample(graph, plan, imageShape) * rowsPerValue;

  const unmixed = plans.filter((_, stage) => !options.mixing(stage));
  const shallowest = (unmixed.length > 0 ? unmixed : plans).reduce((a, b) =>
    b.prefix.length < a.prefix.length ? b : a,
  );
  const holdsShallowest = (plan: Plan) => shallowest.prefix.every((step) => plan.prefix.includes(step));
  /** Whether a stage changes what its predecessors share: one that mixes may train what all others freeze. */
  const outdates = ({ trained }: Plan) => shallowest.prefix.some(({ layer }) => trained.has(layer));
  const isShallowest = (plan: Plan) => plan.prefix.length === shallowest.prefix.length && holdsShallowest(plan);
  const keeps = (...kept: readonly Plan[]) =>
    repeats &&
    (kept.reduce((sum, plan) => sum + bytesOf(plan), 0) <= cache.bytes ||
      (cache.spill !== undefined && kept.every(freezesWeights)));

  const budget: MemoryBudget = { free: cache.bytes };
  // Memory is for what the epochs read; what other stages only begin with may lie in the store.
  const goesOn = (plan: Plan) =>
    shallowest.prefix.length > 0 && !isShallowest(plan) && holdsShallowest(plan) && keeps(plan, shallowest);
  const ownBytes = Math.max(0, ...unmixed.filter(goesOn).map(bytesOf));
  const sharedBudgets: readonly MemoryBudget[] = [budget, { free: Math.max(0, cache.bytes - ownBytes) }];
  let shared: KeptSources | undefined;
  let own: KeptSources | undefined;
  let current = { stage: 0, kept: undefined as KeptSources | undefined };

  const keep = (sources: Sources, name: string, budgets: readonly MemoryBudget[] = [budget]): KeptSources => {
    const rows = [`${name}-train`, `${name}-validation`].map(
      (part) => new SampleRows({ name: part, budgets, spill: cache.spill }),
    );
    const common = {
      batchSize: options.batchSize,
      signal: options.signal,
      onProgress: (done: number, total: number) => options.onProgress({ done, total }, current.stage),
    };
    const [trainRows, validationRows] = rows as [SampleRows, SampleRows];
    return {
      train: keptSource(sources.train, {
        ...common,
        rows: trainRows,
        views,
        varies: (sample) => train[sample]?.perEpoch === true,
      }),
      // Films are validated as they are in the first epoch.
      validation: keptSource(sources.validation, {
        ...common,
        rows: validationRows,
        views: 1,
        varies: () => false,
      }),
      dispose: async () => {
        for (const part of rows) await part.dispose();
      },
    };
  };
  const share = () => (shared ??= keep(atBoundary(shallowest, images), 'shared', sharedBudgets));

  let isClean = false;
  const clean = async () => {
    if (!isClean && cache.spill) await removeLeftRows(cache.spill);
    isClean = true;
  };
  return {
    async begin(stage) {
      const plan = plans[stage]!;
      await own?.dispose();
      own = undefined;
      if (outdates(plan)) {
        await shared?.dispose();
        shared = undefined;
      }
      await clean();

      const mix = options.mixing(stage);
      if (mix) {
        current = { stage, kept: undefined };
        return atBoundary(plan, { ...images, train: mix(images.train) });
      }
      if (isShallowest(plan) && keeps(plan)) current = { stage, kept: share() };
      else if (goesOn(plan))
        current = { stage, kept: (own = keep(atBoundary(plan, share(), shallowest), String(stage))) };
      else if (keeps(plan)) current = { stage, kept: (own = keep(atBoundary(plan, images), String(stage))) };
      else current = { stage, kept: undefined };
      return current.kept ?? atBoundary(plan, images);
    },
    async fill(epoch) {
      const { stage, kept } = current;
      if (kept) await fill(kept, epoch, (progress) => options.onProgress(progress, stage));
    },
    async close() {
      await own?.dispose();
      await shared?.dispose();
      // A failure here must not hide how training ended; the next run tries again.
      await clean().catch(() => undefined);
    },
  };
}

interface KeptSources {
  readonly train: KeptSource;
  readonly validation: KeptSource;
  dispose(): Promise<void>;
}

async function fill(
  { train, validation }: KeptSources,
  epoch: number,
  onProgress: (progress: Progress) => void,
): Promise<void> {
  const ofTrain = train.missing(epoch);
  const total = ofTrain + validation.missing(0);
  await train.fill(epoch, (done) => onProgress({ done, total }));
  await validation.fill(0, (done) => onProgress({ done: ofTrain + done, total }));
}

/** The values at a plan's boundary, computed from the images or from what an earlier plan's prefix gave. */
function atBoundary(plan: Plan, { train, validation }: Sources, done?: Plan): Sources {
  const finished = new Set(done?.prefix);
  const steps = plan.prefix.filter((step) => !finished.has(step));
  return {
    train: prefixSource(train, steps, plan.boundary),
    validation: prefixSource(validation, steps, plan.boundary),
  };
}

/** Whether there is anything to compute before the boundary: images alone are read as fast from where they come. */
function freezesWeights({ prefix }: Plan): boolean {
  return prefix.some(({ layer }) => layer.weights.length > 0);
}

/** What keeping the boundary of a plan takes; infinite where a shape is not known beforehand. */
function bytesPerSample(graph: Graph, { boundary }: Plan, imageShape: readonly number[]): number {
  return boundary.reduce((sum, value) => {
    const shape = graph.steps.find(({ output }) => output === value)?.outputShape.slice(1) ?? imageShape;
    const floats = shape.reduce<number>((product, side) => product * (side ?? Infinity), 1);
    return sum + floats * Float32Array.BYTES_PER_ELEMENT;
  }, 0);
}
