import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { SpineError } from '../errors.js';
import type { Random } from '../random.js';
import { frozenLogits } from './execute.js';
import type { Graph } from './graph.js';
import type { EpochLog, StageHistory } from './history.js';
import { countCorrect, crossEntropy } from './loss.js';
import { lossGradients } from './lossGradients.js';
import type { Plan } from './plan.js';
import { disposing, type ValueBatch, type ValueSource } from './source.js';
import type { Stage } from './stage.js';

/** What one step came to. */
export interface BatchLog {
  readonly stage: string;
  /** From 1. */
  readonly epoch: number;
  /** From 1. */
  readonly batch: number;
  /** Batches in the epoch. */
  readonly batches: number;
  /** Weighted mean cross-entropy of the batch, plus what the layers' regularizers add. */
  readonly loss: number;
}

export interface StageRun {
  readonly graph: Graph;
  readonly plan: Plan;
  readonly stage: Stage;
  readonly trainSource: ValueSource;
  readonly validationSource: ValueSource;
  /** Epochs that earlier stages were to train, so that samples drawn anew in each epoch never repeat. */
  readonly epochsBefore: number;
  /** Weight of each class in the training loss. */
  readonly weights: Float32Array;
  readonly random: Random;
  readonly signal: AbortSignal | undefined;
  readonly onBatch: ((log: BatchLog) => void) | undefined;
  readonly onEpoch: ((log: EpochLog & { readonly stage: string }) => void) | undefined;
}

/** Trains one stage and leaves the model with the weights of its best epoch, whether it ends well or not. */
export async function trainStage(run: StageRun): Promise<StageHistory> {
  const { stage, plan, validationSource, onEpoch } = run;
  const optimizer = tf.train.adam(stage.learningRate);
  const best = new BestWeights(plan.changing);
  const epochs: EpochLog[] = [];
  try {
    for (let epoch = 1; epoch <= stage.epochs; epoch++) {
      const began = performance.now();
      const trained = await trainEpoch(run, optimizer, epoch);
      const validated = await validate(run);
      if (validationSource.size > 0) checkFinite(validated.loss, 'validation loss', stage, epoch);
      const log: EpochLog = {
        epoch,
        ...trained,
        validationLoss: validated.loss,
        validationAccuracy: validated.accuracy,
        learningRate: stage.learningRate,
        seconds: (performance.now() - began) / 1000,
      };
      epochs.push(log);
      // Without validation samples the last epoch is as good as can be told.
      best.offer(epoch, validationSource.size === 0 ? -epoch : validated.loss);
      onEpoch?.({ ...log, stage: stage.name });
      if (stage.patience !== undefined && epoch - best.epoch >= stage.patience) break;
    }
  } finally {
    best.restoreAndDispose();
    optimizer.dispose();
  }
  return { name: stage.name, bestEpoch: best.epoch, epochs };
}

async function trainEpoch(run: StageRun, optimizer: tf.Optimizer, epoch: number): Promise<{ loss: number; accuracy: number }> {
  const { stage, trainSource, random, onBatch } = run;
  const order = random.fork('order', epoch).shuffle([...Array(trainSource.size).keys()]);
  const masks = random.fork('dropout', epoch);
  let seen = 0;
  let lossSum = 0;
  let correct = 0;
  let batch = 0;
  let batches: number | undefined;
  for await (const item of trainSource.batches(order, run.epochsBefore + epoch - 1)) {
    batch++;
    batches ??= Math.ceil(trainSource.size / item.labels.length);
    const step = await trainStep(run, optimizer, item, masks);
    checkFinite(step.loss, `loss of batch ${batch}`, stage, epoch);
    seen += item.labels.length;
    lossSum += step.loss * item.labels.length;
    correct += step.correct;
    onBatch?.({ stage: stage.name, epoch, batch, batches, loss: step.loss });
  }
  return { loss: lossSum / seen, accuracy: correct / seen };
}

function checkFinite(loss: number, what: string, stage: Stage, epoch: number): void {
  if (Number.isFinite(loss)) return;
  throw new SpineError(
    'training-diverged',
    `The ${what} became ${loss} in stage "${stage.name}", epoch ${epoch}. Lower the learning rate (now ${stage.learningRate}). The best weights so far are restored.`,
  );
}

async function trainStep(
  { graph, plan, weights }: StageRun,
  optimizer: tf.Optimizer,
  { values, labels }: ValueBatch,
  random: Random,
): Promise<{ loss: number; correct: number }> {
  const hits: tf.Scalar[] = [];
  const lossOf = (logits: tf.Tensor): tf.Scalar => {
    hits.push(tf.keep(countCorrect(logits, labels)));
    const sampleWeights = tf.tensor1d(Float32Array.from(labels, (label) => weights[label] as number));
    return tf.mean(tf.mul(crossEntropy(logits, labels), sampleWeights));
  };
  let loss: tf.Tensor | undefined;
  try {
    [loss] = disposing(values, (): [tf.Tensor] => {
      const { loss: value, gradients } = lossGradients(values, graph.output, { plan, random }, lossOf);
      optimizer.applyGradients(plan.variables.map((variable, index) => ({ name: variable.name, tensor: gradients[index] as tf.Tensor })));
      return [value];
    });
    const [lossValue, correct] = await Promise.all([loss, ...hits].map(async (scalar) => (await scalar.data())[0] as number));
    return { loss: lossValue as number, correct: correct as number };
  } finally {
    loss?.dispose();
    tf.dispose(hits);
  }
}

async function validate({ plan, validationSource }: StageRun): Promise<{ loss: number; accuracy: number }> {
  const order = [...Array(validationSource.size).keys()];
  let lossSum = 0;
  let correct = 0;
  for await (const { values, labels } of validationSource.batches(order, 0)) {
    const [losses, hits] = disposing(values, (): [tf.Tensor, tf.Tensor] => {
      const logits = frozenLogits(plan.suffix, values);
      return [tf.sum(crossEntropy(logits, labels)), countCorrect(logits, labels)];
    });
    try {
      lossSum += (await losses.data())[0] as number;
      correct += (await hits.data())[0] as number;
    } finally {
      tf.dispose([losses, hits]);
    }
  }
  return { loss: lossSum / order.length, accuracy: correct / order.length };
}

/** Keeps the weights of the best epoch: at first those that the stage began with. */
class BestWeights {
  epoch = 0;
  private smallestLoss = Infinity;
  private kept: tf.Tensor[];

  constructor(private readonly variables: readonly tfl.LayerVariable[]) {
    this.kept = this.copy();
  }

  offer(epoch: number, loss: number): void {
    if (!(loss < this.smallestLoss)) return;
    this.smallestLoss = loss;
    this.epoch = epoch;
    tf.dispose(this.kept);
    this.kept = this.copy();
  }

  restoreAndDispose(): void {
    this.variables.forEach((variable, index) => variable.write(this.kept[index] as tf.Tensor));
    tf.dispose(this.kept);
  }

  /** A clone shares its data with the variable until the variable is assigned to. */
  private copy(): tf.Tensor[] {
    return this.variables.map((variable) => tf.keep(tf.clone(variable.read())));
  }
}
