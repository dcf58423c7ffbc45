import * as tf from '@tensorflow/tfjs-core';
import type { Plan } from './plan.js';
import type { Stage } from './stage.js';
import { stageDefaults } from './stage.js';
import { prefixed, type NamedTensors } from './tensors.js';
import { VariableOptimizer } from './variableOptimizer.js';

/** What an update does with gradients. All that it remembers from one update to the next is in `tensors()`. */
export class Updater {
  private readonly optimizers: readonly VariableOptimizer[];

  constructor(plan: Plan, stage: Stage) {
    this.optimizers = [new VariableOptimizer(stage.optimizer ?? stageDefaults.optimizer, stage.learningRate, plan.variables)];
  }

  /** @param gradients in the order of the plan's variables; they stay the caller's. */
  apply(gradients: readonly tf.Tensor[], rate: number): void {
    tf.tidy(() => {
      for (const optimizer of this.optimizers) optimizer.apply(gradients, rate);
    });
  }

  tensors(): [string, tf.Tensor][] {
    return this.optimizers.flatMap((optimizer, index) => prefixed(`optimizer/${index}`, optimizer.tensors()));
  }

  resume(saved: NamedTensors): void {
    this.optimizers.forEach((optimizer, index) => optimizer.resume(saved, `optimizer/${index}`));
  }

  dispose(): void {
    for (const optimizer of this.optimizers) optimizer.dispose();
  }
}
