import * as tf from '@tensorflow/tfjs-core';
import type { Random } from '../random.js';
import type { Values } from './execute.js';
import { lower, onTape, type Notes, type Operation } from './operations/index.js';
import type { Plan } from './plan.js';

/** How layers behave whose behaviour in training differs from that in prediction. */
export interface TrainingMode {
  readonly plan: Plan;
  /** Where dropout draws its masks from. */
  readonly random: Random;
}

/** A loss, and its gradient for each of a plan's variables, in their order. Whoever receives it disposes them. */
export interface LossGradients {
  readonly loss: tf.Scalar;
  readonly gradients: readonly tf.Tensor[];
}

/**
 * Runs the suffix of a plan as in training, and back.
 *
 * @param given values at the boundary of the plan; they stay the caller's.
 * @param lossOf gives the loss of the samples from what goes into the model's softmax; it is differentiated. What the
 *   layers' regularizers add is no part of it: it is added here.
 */
export function lossGradients(given: Values, output: number, mode: TrainingMode, lossOf: (logits: tf.Tensor) => tf.Scalar): LossGradients {
  const { plan } = mode;
  return tf.tidy(() => {
    const run = new Run(scheduleOf(plan, output), given, mode.random);
    try {
      const logits = run.forward();
      const { value, grads } = onTape(() => lossOf(logits), [logits]);
      const found = run.backward(grads[0] as tf.Tensor);
      const penalty = regularization(plan, found);
      const gradients = plan.variables.map((variable) => found.get(variable) ?? tf.zerosLike(variable));
      return { loss: penalty ? tf.add(value, penalty) : value, gradients } as unknown as tf.TensorContainer;
    } finally {
      run.dispose();
    }
  }) as unknown as LossGradients;
}

/** Adds the gradients of the layers' regularizers to those found, and gives what they add to the loss. */
function regularization({ trained, variables }: Plan, found: Map<tf.Variable, tf.Tensor>): tf.Scalar | undefined {
  const penalized = [...trained].filter((layer) => layer.losses.length > 0);
  if (penalized.length === 0) return undefined;
  const own = variables.filter((variable) => penalized.some((layer) => layer.weights.some((weight) => weight.read() === variable)));
  const { value, grads } = onTape(() => penalized.flatMap((layer) => layer.calculateLosses()).reduce<tf.Scalar>((sum, term) => tf.add(sum, term), tf.scalar(0)), own);
  own.forEach((variable, index) => {
    const gradient = grads[index];
    if (gradient) accumulate(found, variable, gradient);
  });
  return value;
}

/** The operations of a plan, and how long values are needed; worked out once. */
interface Schedule {
  readonly operations: readonly Operation[];
  readonly logits: number;
  /** Which operation's result a value is. */
  readonly makers: ReadonlyMap<number, Operation>;
  /** Values that depend on a trained variable. */
  readonly moving: ReadonlySet<number>;
  /** The last operation that reads a value on the way forward. */
  readonly lastRead: ReadonlyMap<number, Operation>;
  /** Values that are kept from the way forward for the way back. */
  readonly kept: ReadonlySet<number>;
  /** Values of which nobody has need once an operation has gone back. */
  readonly finished: ReadonlyMap<Operation, readonly number[]>;
}

const schedules = new WeakMap<Plan, Map<string, Schedule>>();

function scheduleOf(plan: Plan, output: number): Schedule {
  const ofPlan = schedules.get(plan) ?? new Map<string, Schedule>();
  schedules.set(plan, ofPlan);
  // What is costly differs from backend to backend.
  const key = `${tf.getBackend()}/${output}`;
  const schedule = ofPlan.get(key) ?? makeSchedule(plan, output);
  ofPlan.set(key, schedule);
  return schedule;
}

function makeSchedule(plan: Plan, output: number): Schedule {
  const { operations, logits } = lower(plan, output);
  const makers = new Map(operations.map((operation) => [operation.output, operation]));
  const moving = new Set<number>();
  for (const { inputs, output: result, variables } of operations) {
    if (variables.length > 0 || inputs.some((value) => moving.has(value))) moving.add(result);
  }
  const lastRead = new Map(operations.flatMap((operation) => operation.inputs.map((value) => [value, operation] as const)));

  const kept = new Set<number>();
  const lastNeed = new Map<number, Operation>();
  for (const operation of operations.toReversed()) {
    if (!moving.has(operation.output)) continue;
    const need = (value: number) => {
      const maker = makers.get(value);
      // What is given stays.
      if (!maker) return;
      const isThere = lastNeed.has(value);
      lastNeed.set(value, operation);
      if (maker.isCostly) kept.add(value);
      else if (!isThere) maker.inputs.forEach(need);
    };
    if (operation.reads.inputs) operation.inputs.forEach(need);
    if (operation.reads.output) need(operation.output);
  }
  const finished = new Map<Operation, number[]>();
  for (const [value, operation] of lastNeed) finished.set(operation, [...(finished.get(operation) ?? []), value]);
  return { operations, logits, makers, moving, lastRead, kept, finished };
}

/** One training step through a schedule. */
class Run {
  private readonly values: Map<number, tf.Tensor>;
  private readonly shapes = new Map<number, readonly number[]>();
  private readonly notes = new Map<Operation, Map<string, tf.Tensor>>();

  constructor(
    private readonly schedule: Schedule,
    private readonly given: Values,
    private readonly random: Random,
  ) {
    this.values = new Map(given);
    for (const [value, { shape }] of given) this.shapes.set(value, shape);
  }

  forward(): tf.Tensor {
    const { operations, logits, lastRead, kept } = this.schedule;
    for (const operation of operations) {
      const result = tf.tidy(() => operation.forward(operation.inputs.map((value) => this.at(value)), this.notesOf(operation)));
      this.values.set(operation.output, result);
      this.shapes.set(operation.output, result.shape);
      for (const value of new Set(operation.inputs)) {
        if (lastRead.get(value) === operation && !kept.has(value)) this.drop(value);
      }
    }
    return this.at(logits);
  }

  backward(gradient: tf.Tensor): Map<tf.Variable, tf.Tensor> {
    const { operations, logits, moving, finished } = this.schedule;
    const found = new Map<tf.Variable, tf.Tensor>();
    const pending = new Map([[logits, gradient]]);
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

  private goBack(operation: Operation, dy: tf.Tensor, pending: Map<number, tf.Tensor>, found: Map<tf.Variable, tf.Tensor>): void {
    const { inputs, output, reads } = operation;
    if (reads.inputs) for (const value of inputs) this.restore(value);
    if (reads.output) this.restore(output);
    const wanted = inputs.map((value) => this.schedule.moving.has(value));
    const step = {
      dy,
      inputs: reads.inputs ? inputs.map((value) => this.at(value)) : [],
      inputShapes: inputs.map((value) => this.shapes.get(value) as readonly number[]),
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
        targets.push((term) => accumulate(pending, inputs[index] as number, term));
      });
      for (const [variable, tensor] of ofVariables) {
        tensors.push(tensor);
        targets.push((term) => accumulate(found, variable, term));
      }
      return tensors;
    });
    targets.forEach((put, index) => put(gradients[index] as tf.Tensor));
  }

  /** Computes a value again if it is not there, and what it takes for that; that is dropped by the operation that needs it. */
  private restore(value: number): void {
    if (this.values.has(value)) return;
    const maker = this.schedule.makers.get(value) as Operation;
    for (const input of maker.inputs) this.restore(input);
    this.values.set(value, tf.tidy(() => maker.forward(maker.inputs.map((input) => this.at(input)), this.notesOf(maker))));
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
    return { random: this.random, get: (name) => noted.get(name), keep: (name, tensor) => noted.set(name, tf.keep(tensor)) };
  }
}

function accumulate<K>(sums: Map<K, tf.Tensor>, key: K, term: tf.Tensor): void {
  const sum = sums.get(key);
  if (!sum) {
    sums.set(key, term);
    return;
  }
  sums.set(key, tf.add(sum, term));
  tf.dispose([sum, term]);
}
