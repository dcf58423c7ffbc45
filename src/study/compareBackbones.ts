import type { DatasetSplit } from '../dataset/index.js';
import { currentBackend } from '../backend/index.js';
import type { Progress } from '../progress.js';
import type { BatchLog, EpochLog } from '../training/index.js';
import type { Comparison, TrialResult } from './trialResult.js';
import { earlierRows } from './earlierRows.js';
import { compareBackbonesDefaults, type CompareBackbonesOptions } from './options.js';
import { planTrials } from './planTrials.js';
import { runTrial, type RunTrialOptions } from './runTrial.js';
import type { TrialSpec } from './trialSpec.js';

/**
 * Trains several backbones on one split with one schedule and measures each after every stage (paper, step 11; Tables
 * I–VI). They run one after the other, each from the same seed, and each is disposed before the next is built. A backbone
 * that fails is a row with its error; the others go on.
 *
 * Samples must be preprocessed to `inputShape`, with values in [0, 1]; each model maps them to what its weights expect.
 * Epochs are chosen by the validation part. The test part is only measured: to choose a model by it, and then to quote
 * its figure, is to measure luck. Test parts of a few dozen films cannot rank models whose intervals overlap.
 *
 * @returns plain JSON.
 * @throws SpineError before work starts: `invalid-argument` (an unknown backbone, two rows of one name, an option or an
 *   earlier row that does not fit), `dataset-empty`, `label-missing`, `unknown-label`, `backend-not-registered`. In the
 *   middle of it `backend-lost`: choose another backend, and give the rows that were saved as `results`. Rejects
 *   with `signal.reason`, and with what a callback of yours throws.
 */
export async function compareBackbones(parts: DatasetSplit, options: CompareBackbonesOptions): Promise<Comparison> {
  const trials = planTrials(parts, options);
  const { results = [], signal, onRow, onProgress } = options;
  const finished = earlierRows(
    results,
    trials.map(({ spec }) => spec),
  );
  currentBackend();
  signal?.throwIfAborted();

  const rows = new Map<string, TrialResult>(finished);
  // In the order asked for, whichever came first.
  const inOrder = () => trials.flatMap(({ spec }) => rows.get(spec.name) ?? []);
  for (const [index, { spec, weights }] of trials.entries()) {
    if (!rows.has(spec.name)) {
      const watcher = watch(spec, options);
      const row = await runTrial(spec, parts, { ...watcher.options, ...(weights !== undefined && { weights }) });
      watcher.rethrow();
      rows.set(spec.name, row);
      await onRow?.(row, inOrder());
    }
    onProgress?.({ done: index + 1, total: trials.length, backbone: spec.name });
  }
  return { classes: trials[0]!.spec.classes, rows: inOrder() };
}

type CacheLog = Progress & { readonly stage: string };
type StageEpoch = EpochLog & { readonly stage: string };

/** The caller's callbacks with the row's name. One that throws ends the comparison, not just the row. */
function watch({ name: backbone }: TrialSpec, options: CompareBackbonesOptions) {
  const { cache = compareBackbonesDefaults.cache, signal, onCache, onBatch, onEpoch } = options;
  const thrown: unknown[] = [];
  const named =
    <T>(callback: (log: T & { readonly backbone: string }) => void) =>
    (log: T) => {
      try {
        callback({ ...log, backbone });
      } catch (error) {
        thrown.push(error);
        throw error;
      }
    };
  return {
    options: {
      cache,
      ...(signal && { signal }),
      ...(onCache && { onCache: named<CacheLog>(onCache) }),
      ...(onBatch && { onBatch: named<BatchLog>(onBatch) }),
      ...(onEpoch && { onEpoch: named<StageEpoch>(onEpoch) }),
    } satisfies RunTrialOptions,
    rethrow: () => {
      if (thrown.length > 0) throw thrown[0];
    },
  };
}
