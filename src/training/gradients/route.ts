import * as tf from '@tensorflow/tfjs-core';
import type { Plan } from '../plan/index.js';
import { lower } from './lower.js';
import type { Operation } from './operation.js';

/** The operations of a plan, and how long values are needed; worked out once. */
export interface Route {
  readonly operations: readonly Operation[];
  /** The value that the loss is computed from. */
  readonly end: number;
  /** Which operation's result a value is. */
  readonly makers: ReadonlyMap<number, Operation>;
  /** Values that depend on a trained variable. */
  readonly moving: ReadonlySet<number>;
  /** The last operation that reads a value on the way forward. */
  readonly lastRead: ReadonlyMap<number, Operation>;
  /** Values that are kept from the forward pass for the backward pass. */
  readonly kept: ReadonlySet<number>;
  /** Values that are needed no more once an operation has gone back. */
  readonly finished: ReadonlyMap<Operation, readonly number[]>;
}

const routes = new WeakMap<Plan, Map<string, Route>>();

export function routeOf(plan: Plan): Route {
  const ofPlan = routes.get(plan) ?? new Map<string, Route>();
  routes.set(plan, ofPlan);
  // What is costly differs from backend to backend.
  const backend = tf.getBackend();
  const route = ofPlan.get(backend) ?? makeRoute(plan);
  ofPlan.set(backend, route);
  return route;
}

function makeRoute(plan: Plan): Route {
  const { operations, end } = lower(plan);
  const makers = new Map(operations.map((operation) => [operation.output, operation]));
  const moving = new Set<number>();
  for (const { inputs, output: result, variables } of operations) {
    if (variables.length > 0 || inputs.some((value) => moving.has(value))) moving.add(result);
  }
  const lastRead = new Map(
    operations.flatMap((operation) => operation.inputs.map((value) => [value, operation] as const)),
  );

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
  return { operations, end, makers, moving, lastRead, kept, finished };
}
