import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../../random.js';
import type { Values } from '../../network/index.js';
import type { Notes, Operation } from './operation.js';
import type { Route } from './route.js';

/** One pass through a route, forward and back. */
export class Pass {
  private readonly values: Map<number, tf.Tensor>;
  private readonly shapes = new Map<number, readonly number[]>();
  private readonly notes = new Map<Operation, Map<string, tf.Tensor>>();

  constructor(
    private readonly route: Route,
    private readonly given: Values,
    private readonly random: Random,
  ) {
    this.values = new Map(given);
    for (const [value, { shape }] of given) this.shapes.set(value, shape);
  }

  /** What the loss is computed from; still the pass's own. */
  forward(): tf.Tensor {
    const { operations, end, lastRead, kept } = this.route;
    for (const operation of operations) {
      const result = tf.tidy(() =>
        operation.forward(
          operation.inputs.map((value) => this.at(value)),
          this.notesOf(operation),
        ),
      );
      this.values.set(operation.output, result);
      this.shapes.set(operation.output, result.shape);
      for (const value of new Set(operation.inputs)) {
        if (lastRead.get(value) === operation && !kept.has(value)) this.drop(value);
      }
    }
    return this.at(end);
  }

  /**
   * The gradients of the variables, the caller's from then on.
   *
   * @param gradient of the loss by what `forward` gave.
   */
  backward(gradient: tf.Tensor): Map<tf.Variable, tf.Tensor> {
    const { operations, end, moving, finished } = this.route;
    const found = new Map<tf.Variable, tf.Tensor>();
    const pending = new Map([[end, gradient]]);
    for (const operation of operations.toReversed()) {
      const dy = pending.get(operation.output);
      pending.delete(operation.output);
      if (dy && moving.has(operation.output)) this.goBack(operation, dy, pending, found);
      dy?.dispose();
      for (const value of finished.get(operation) ?? []) this.drop(value);
    }
    return found;
  }

  dispose(): void {
    for (const noted of this.notes.values()) for (const tensor of noted.values()) tensor.dispose();
  }

  private goBack(
    operation: Operation,
    dy: tf.Tensor,
    pending: Map<number, tf.Tensor>,
    found: Map<tf.Variable, tf.Tensor>,
  ): void {
    const { inputs, output, reads } = operation;
    if (reads.inputs) for (const value of inputs) this.restore(value);
    if (reads.output) this.restore(output);
    const wanted = inputs.map((value) => this.route.moving.has(value));
    const step = {
      dy,
      inputs: reads.inputs ? inputs.map((value) => this.at(value)) : [],
      inputShapes: inputs.map((value) => this.shapes.get(value)!),
      output: reads.output ? this.at(output) : undefined,
      wanted,
      notes: this.notesOf(operation),
    };
    const targets: ((tensor: tf.Tensor) => void)[] = [];
    const gradients = tf.tidy(() => {
      const { inputs: ofInputs, variables: ofVariables } = operation.backward(step);
      const tensors: tf.Tensor[] = [];
      ofInputs.forEach((tensor, index) => {
        if (!tensor || !wanted[index]) return;
        tensors.push(tensor);
        targets.push((term) => accumulate(pending, inputs[index]!, term));
      });
      for (const [variable, tensor] of ofVariables) {
        tensors.push(tensor);
        targets.push((term) => accumulate(found, variable, term));
      }
      return tensors;
    });
    targets.forEach((put, index) => put(gradients[index]!));
  }

  /**
   * Computes a value again if it is not there, and what it takes for that; that is dropped by the operation that needs
   * it.
   */
  private restore(value: number): void {
    if (this.values.has(value)) return;
    const maker = this.route.makers.get(value)!;
    for (const input of maker.inputs) this.restore(input);
    this.values.set(
      value,
      tf.tidy(() =>
        maker.forward(
          maker.inputs.map((input) => this.at(input)),
          this.notesOf(maker),
        ),
      ),
    );
  }

  private at(value: number): tf.Tensor {
    const tensor = this.values.get(value);
    if (!tensor) throw new Error(`Value ${value} was read before it was computed.`);
    return tensor;
  }

  private drop(value: number): void {
    if (this.given.has(value)) return;
    this.values.get(value)?.dispose();
    this.values.delete(value);
  }

  private notesOf(operation: Operation): Notes {
    const noted = this.notes.get(operation) ?? new Map<string, tf.Tensor>();
    this.notes.set(operation, noted);
    return {
      random: this.random,
      get: (name) => noted.get(name),
      keep: (name, tensor) => noted.set(name, tf.keep(tensor)),
    };
  }
}

/** Adds a term to the sum under a key; both belong to the sums from then on. */
export function accumulate<K>(sums: Map<K, tf.Tensor>, key: K, term: tf.Tensor): void {
  const sum = sums.get(key);
  if (!sum) {
    sums.set(key, term);
    return;
  }
  sums.set(key, tf.add(sum, term));
  tf.dispose([sum, term]);
}
