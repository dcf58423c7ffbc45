import { SpineError } from '../../errors.js';
import type { Random } from '../../random.js';
import type { CheckedObjective, TargetedSource } from '../objective/index.js';
import type { Plan } from '../plan/index.js';
import type { WholeStage } from '../stage/index.js';
import { epochLog, type BatchLog, type EpochLog, type Means, type StageHistory } from './history.js';
import { StageState, type SavedStage } from './stageState.js';
import { trainEpoch } from './trainEpoch.js';
import { validate } from './validate.js';

/** What training a stage takes. */
export interface StageTraining {
  readonly plan: Plan;
  readonly objective: CheckedObjective;
  readonly stage: WholeStage;
  readonly train: TargetedSource;
  readonly validation: TargetedSource;
  /** Samples an update. The training source gives as many at a time, or parts of which a whole number make as many. */
  readonly batchSize: number;
  /** Epochs that earlier stages were to train, so that samples drawn anew in each epoch never repeat. */
  readonly epochsBefore: number;
  readonly random: Random;
  readonly signal: AbortSignal | undefined;
  readonly onBatch: ((log: BatchLog) => void) | undefined;
  readonly onEpoch: ((log: EpochLog<string> & { readonly stage: string }) => void) | undefined;
  /** A state that the stage was in after an epoch: it goes on from there. Its tensors are disposed once they are copied. */
  readonly saved?: SavedStage | undefined;
  /** Called after each epoch and its `onEpoch`. Awaited. The tensors are to be read, not kept. */
  readonly onState?: ((saved: () => SavedStage) => void | Promise<void>) | undefined;
}

/** Trains one stage and leaves the model with the weights of its best epoch, whether it ends well or not. */
export async function trainStage(training: StageTraining): Promise<StageHistory<string>> {
  const { stage, plan, objective, train, validation, batchSize, saved, signal, onEpoch, onState } = training;
  const state = new StageState(plan, stage, Math.ceil(train.size / batchSize));
  const { epochs, best } = state;
  try {
    if (saved) resume(state, saved);
    while (!isOver(stage, state)) {
      const epoch = epochs.length + 1;
      const began = performance.now();
      const { learningRate, ...trained } = await trainWholeEpoch(training, state, epoch);
      signal?.throwIfAborted();
      const validated = await state.withCountingWeights(async () => {
        const means = await validate(plan, objective, validation);
        if (validation.size > 0) checkFinite(means.loss, 'validation loss', stage.name, epoch, learningRate);
        // Without validation samples the last epoch is as good as can be told.
        best.offer(epoch, validation.size > 0 ? means.loss : -epoch);
        return means;
      });
      state.schedule.observe(validated.loss, state.optimizer.updates);
      const seconds = (performance.now() - began) / 1000;
      const log = epochLog(Object.keys(objective.measures), trained, validated, { epoch, learningRate, seconds });
      epochs.push(log);
      onEpoch?.({ ...log, stage: stage.name } as EpochLog<string> & { readonly stage: string });
      await onState?.(() => state.save());
      signal?.throwIfAborted();
    }
    return { name: stage.name, bestEpoch: best.epoch, epochs };
  } finally {
    best.restore();
    state.dispose();
  }
}

/** Trains an epoch, and gives its means over the samples and the rate of its last update. */
async function trainWholeEpoch(
  { plan, objective, stage, train, batchSize, epochsBefore, random, onBatch }: StageTraining,
  { optimizer, schedule }: StageState,
  epoch: number,
): Promise<Means & { readonly learningRate: number }> {
  const trainee = { plan, objective, source: train, batchSize, optimizer, rates: schedule, random };
  const batches = Math.ceil(train.size / batchSize);
  let batch = 0;
  let lossSum = 0;
  let sums = Object.keys(objective.measures).map(() => 0);
  let lastRate = NaN;
  for await (const { loss, measures, size, learningRate } of trainEpoch(trainee, epoch, epochsBefore + epoch - 1)) {
    batch++;
    checkFinite(loss, `loss of batch ${batch}`, stage.name, epoch, learningRate);
    lossSum += loss * size;
    sums = sums.map((sum, index) => sum + measures[index]!);
    lastRate = learningRate;
    onBatch?.({ stage: stage.name, epoch, batch, batches, loss, learningRate });
  }
  const { size } = train;
  return { loss: lossSum / size, measures: sums.map((sum) => sum / size), learningRate: lastRate };
}

/** @throws SpineError `training-diverged` for a loss that is no number any more. */
function checkFinite(loss: number, what: string, stage: string, epoch: number, rate: number): void {
  if (Number.isFinite(loss)) return;
  throw new SpineError(
    'training-diverged',
    `The ${what} became ${loss} in stage "${stage}", epoch ${epoch}. Lower the learning rate (now ${rate}). The best weights so far are restored.`,
  );
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
  { epochs: most, patience }: Pick<WholeStage, 'epochs' | 'patience'>,
  { epochs, best }: { readonly epochs: readonly unknown[]; readonly best: { readonly epoch: number } },
): boolean {
  return epochs.length >= most || (patience !== undefined && epochs.length - best.epoch >= patience);
}
