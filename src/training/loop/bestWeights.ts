import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { copyVariables, takeTensor, writeVariables, type NamedTensors } from '../plan/index.js';

/** Keeps the weights of the epoch with the smallest loss: at first those that the stage began with. */
export class BestWeights {
  private bestEpoch = 0;
  private smallestLoss: number | undefined;
  private kept: tf.Tensor[];

  constructor(private readonly variables: readonly tfl.LayerVariable[]) {
    this.kept = copyVariables(variables);
  }

  /** The epoch whose weights are kept, 0 for those that the stage began with. */
  get epoch(): number {
    return this.bestEpoch;
  }

  /** The loss of that epoch, absent for 0. */
  get loss(): number | undefined {
    return this.smallestLoss;
  }

  /** Takes what the variables hold now if the loss is smaller than any before. */
  offer(epoch: number, loss: number): void {
    if (!(loss < (this.smallestLoss ?? Infinity))) return;
    this.smallestLoss = loss;
    this.bestEpoch = epoch;
    tf.dispose(this.kept);
    this.kept = copyVariables(this.variables);
  }

  restore(): void {
    writeVariables(this.variables, this.kept);
  }

  tensors(): readonly tf.Tensor[] {
    return this.kept;
  }

  resume(epoch: number, loss: number | undefined, saved: NamedTensors, prefix: string): void {
    const kept = this.variables.map(({ shape }, index) => takeTensor(saved, `${prefix}/${index}`, shape as number[]));
    tf.dispose(this.kept);
    this.kept = kept;
    this.bestEpoch = epoch;
    this.smallestLoss = loss;
  }

  dispose(): void {
    tf.dispose(this.kept);
  }
}
