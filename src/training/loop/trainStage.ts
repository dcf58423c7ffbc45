import type { Random } from '../../random.js';
import { checkFinite } from './checkLoss.js';
import type { Graph } from '../../network/index.js';
import type { EpochLog, StageHistory } from './history.js';
import type { Plan, Stage } from '../stage/index.js';
import type { ValueSource } from '../data/index.js';
import { StageState, type SavedStage } from './stageState.js';
import { trainEpoch, type BatchLog } from './trainEpoch.js';
import { validate } from './validate.js';

export interface StageRun {
  readonly graph: Graph;
  readonly plan: Plan;
  readonly stage: Stage;
  readonly trainSource: ValueSource;
  readonly validationSource: ValueSource;
  /** Samples an update. The training source gives as many at a time, or parts of which a whole number make as many. */
  readonly batchSize: number;
  /** Epochs that earlier stages were to train, so that samples drawn anew in each epoch never repeat. */
  readonly epochsBefore: number;
  /** Weight of each class in the training loss. */
  readonly weights: Float32Array;
  readonly random: Random;
  readonly signal: AbortSignal | undefined;
  readonly onBatch: ((log: BatchLog) => void) | undefined;
  readonly onEpoch: ((log: EpochLog & { readonly stage: string }) => void) | undefined;
  /** A state that the stage was in after an epoch: it goes on from there. Its tensors are disposed once they are copied. */
  readonly saved?: SavedStage | undefined;
  /** Called after each epoch and its `onEpoch`. Awaited. The tensors are to be read, not kept. */
  readonly onState?: ((saved: () => SavedStage) => void | Promise<void>) | undefined;
}

/** Trains one stage and leaves the model with the weights of its best epoch, whether it ends well or not. */
export async function trainStage(run: StageRun): Promise<StageHistory> {
  const { graph, stage, plan, trainSource, validationSource, batchSize, saved, signal, onEpoch, onState } = run;
  const state = new StageState(graph, plan, stage, Math.ceil(trainSource.size / batchSize));
  const { epochs, best } = state;
  try {
    if (saved) resume(state, saved);
    while (!isOver(stage, state)) {
      const epoch = epochs.length + 1;
      const began = performance.now();
      const { learningRate, ...trained } = await trainEpoch(run, state, epoch);
      signal?.throwIfAborted();
      const validated = await state.withCountingWeights(async () => {
        const { loss, accuracy } = await validate(plan, validationSource);
        if (validationSource.size > 0) checkFinite(loss, 'validation loss', stage.name, epoch, learningRate);
        // Without validation samples the last epoch is as good as can be told.
        best.offer(epoch, validationSource.size > 0 ? loss : -epoch);
        return { validationLoss: loss, validationAccuracy: accuracy };
      });
      state.schedule.observe(validated.validationLoss, state.updates);
      const log: EpochLog = {
        epoch,
        ...trained,
        ...validated,
        learningRate,
        seconds: (performance.now() - began) / 1000,
      };
      epochs.push(log);
      onEpoch?.({ ...log, stage: stage.name });
      await onState?.(() => state.save());
      signal?.throwIfAborted();
    }
    return { name: stage.name, bestEpoch: best.epoch, epochs };
  } finally {
    best.restore();
    state.dispose();
  }
}

function resume(state: StageState, saved: SavedStage): void {
  try {
    state.resume(saved);
  } finally {
    for (const tensor of saved.tensors.values()) tensor.dispose();
  }
}

/** Whether no epoch is left to train. */
export function isOver(
  { epochs: most, patience }: Stage,
  { epochs, best }: { readonly epochs: readonly EpochLog[]; readonly best: { readonly epoch: number } },
): boolean {
  return epochs.length >= most || (patience !== undefined && epochs.length - best.epoch >= patience);
}
