import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { openFraction, optionsOf, required } from '../../options.js';
import { copyVariables, takeTensor, writeVariables, type NamedTensors } from '../plan/index.js';

/** How weights are averaged over updates. */
export interface AverageWeights {
  /**
   * What stays of the average at each update, 0 … 1: it looks back about 1 / (1 − decay) updates. Keras's
   * `ema_momentum`.
   */
  readonly decay: number;
}

export const averageWeightsOptions = optionsOf<AverageWeights>('averageWeights', { decay: required(openFraction) });

/**
 * The moving average of weights over updates (Polyak and Juditsky, 1992): average · decay + weight · (1 − decay), from
 * the weights after the first update on, as Keras's `use_ema` does. Moving statistics of trained batch norms are
 * averaged with the weights that they belong to.
 */
export class WeightAverage {
  private averages: tf.Tensor[] = [];

  constructor(
    private readonly variables: readonly tfl.LayerVariable[],
    private readonly decay: number,
  ) {}

  /** Takes note of what the variables hold after an update. */
  update(): void {
    const before = this.averages;
    this.averages =
      before.length === 0
        ? copyVariables(this.variables)
        : this.variables.map((variable, index) =>
            tf.keep(tf.tidy(() => tf.add(tf.mul(before[index]!, this.decay), tf.mul(variable.read(), 1 - this.decay)))),
          );
    tf.dispose(before);
  }

  /** Runs `work` with the averages in the variables' place. */
  async inPlace<T>(work: () => Promise<T>): Promise<T> {
    const own = copyVariables(this.variables);
    try {
      if (this.averages.length > 0) writeVariables(this.variables, this.averages);
      return await work();
    } finally {
      writeVariables(this.variables, own);
      tf.dispose(own);
    }
  }

  tensors(): readonly tf.Tensor[] {
    return this.averages;
  }

  resume(saved: NamedTensors, prefix: string): void {
    this.dispose();
    for (const [index, { shape }] of this.variables.entries())
      this.averages.push(takeTensor(saved, `${prefix}/${index}`, shape as number[]));
  }

  dispose(): void {
    tf.dispose(this.averages);
    this.averages = [];
  }
}
