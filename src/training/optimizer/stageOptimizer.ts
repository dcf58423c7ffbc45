import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { prefixed, type NamedTensors, type Plan } from '../plan/index.js';
import { clipGradients, type ClipOptions } from './clip.js';
import { layerDepths, type LayerDecayOptions } from './layerDecay.js';
import type { OptimizerOptions } from './optimizer.js';
import { VariableOptimizer } from './variableOptimizer.js';
import { isSmall } from './variablePack.js';
import { WeightAverage, type AverageWeights } from './weightAverage.js';
import { decayRate, decayVariable, type WeightDecay } from './weightDecay.js';

/** The part of a stage that says how weights move. */
export interface StageOptimizerOptions extends ClipOptions, LayerDecayOptions {
  /** What moves the weights. Default: Adam. */
  readonly optimizer?: OptimizerOptions;
  /** Decoupled weight decay: with Adam, AdamW (Loshchilov and Hutter, 2019). Default 0. */
  readonly weightDecay?: WeightDecay;
  /**
   * Validates and keeps a moving average of the weights (an exponential one, Keras's `use_ema`), while the weights
   * themselves train on. Default: no average.
   */
  readonly averageWeights?: AverageWeights;
}

/** Variables that learn at the same rate. */
interface Group {
  /** Their part of the learning rate. */
  readonly part: number;
  readonly members: Member[];
  readonly optimizer: VariableOptimizer;
}

interface Member {
  readonly variable: tf.Variable;
  /** Its place among the plan's variables. */
  readonly index: number;
  readonly decay: number;
}

/**
 * What an update does with gradients, in Keras's order: it limits them, decays weights, lets the optimizer move them,
 * applies their constraints, and takes note of their average. Adam's steps do not depend on the size of gradients, so
 * blocks that learn at rates of their own have optimizers of their own; so have portions of them, for the memory.
 */
export class StageOptimizer {
  /** Updates done. */
  updates = 0;
  /** The moving average of the weights, if there is one. */
  readonly average: WeightAverage | undefined;
  private readonly groups: readonly Group[];
  private readonly constrained: readonly tfl.LayerVariable[];

  constructor(
    plan: Plan,
    private readonly options: StageOptimizerOptions,
    rate: number,
  ) {
    const { optimizer = { kind: 'adam' }, averageWeights } = options;
    this.constrained = plan.changing.filter(isConstrained);
    this.groups = [...membersByPart(plan, options)].flatMap(([part, all]) =>
      inPortions(all).map((members) => ({
        part,
        members,
        optimizer: new VariableOptimizer(
          optimizer,
          rate * part,
          members.map(({ variable }) => variable),
        ),
      })),
    );
    this.average = averageWeights && new WeightAverage(plan.changing, averageWeights.decay);
  }

  /**
   * Moves the weights; nothing is read back.
   *
   * @param gradients in the order of the plan's variables; they are disposed.
   */
  apply(gradients: readonly tf.Tensor[], rate: number): void {
    try {
      tf.tidy(() => {
        const limited = clipGradients(gradients, this.options);
        for (const { part, members, optimizer } of this.groups) {
          for (const { variable, decay } of members) decayVariable(variable, decay, rate * part);
          optimizer.apply(
            members.map(({ index }) => limited[index]!),
            rate * part,
          );
        }
        this.constrained.forEach(constrain);
      });
      this.average?.update();
      this.updates++;
    } finally {
      tf.dispose([...gradients]);
    }
  }

  /** What it remembers from one update to the next, by name; still its own. */
  tensors(): [string, tf.Tensor][] {
    return this.groups.flatMap(({ optimizer }, index) => prefixed(`optimizer/${index}`, optimizer.tensors()));
  }

  /** Goes on from what another one remembered after so many updates; the tensors stay the caller's. */
  resume(saved: NamedTensors, updates: number): void {
    this.groups.forEach(({ optimizer }, index) => optimizer.resume(saved, `optimizer/${index}`));
    this.average?.resume(saved, 'average');
    this.updates = updates;
  }

  dispose(): void {
    for (const { optimizer } of this.groups) optimizer.dispose();
    this.average?.dispose();
  }
}

/** Whether its layer constrains a weight (`kernelConstraint` and the like). */
function isConstrained(weight: tfl.LayerVariable): boolean {
  return ((weight as unknown as { readonly constraint?: object | null }).constraint ?? undefined) !== undefined;
}

/** Applies its constraint to a weight, as Keras does after each update; tfjs's `fit` does not. */
function constrain(weight: tfl.LayerVariable): void {
  // What is written must be another tensor than the variable.
  tf.tidy(() => void weight.write(tf.clone(weight.read())));
}

/** Numbers that an optimizer moves at a time, a single variable aside. */
const portion = 2 ** 20;

/** tfjs's optimizers keep whatever they make on the way to the end of an update: a dozen times what they move. */
function inPortions(all: readonly Member[]): Member[][] {
  // Small ones side by side, as they are moved together.
  const members = [
    ...all.filter(({ variable }) => isSmall(variable)),
    ...all.filter(({ variable }) => !isSmall(variable)),
  ];
  const portions: Member[][] = [];
  let room = 0;
  for (const member of members) {
    const { size } = member.variable;
    if (room < size) {
      portions.push([]);
      room = Math.max(portion, size);
    }
    portions.at(-1)?.push(member);
    room -= size;
  }
  return portions;
}

/** A plan's variables by their part of the learning rate, the largest first. */
function membersByPart(plan: Plan, { layerDecay = 1, weightDecay }: StageOptimizerOptions): Map<number, Member[]> {
  const depths = layerDepths(plan);
  const known = new Map<tf.Tensor, Omit<Member, 'variable' | 'index'> & { part: number }>();
  for (const layer of plan.trained) {
    const part = layerDecay ** (depths.get(layer) ?? 0);
    for (const weight of layer.weights) known.set(weight.read(), { part, decay: decayRate(weightDecay, weight) });
  }
  const groups = new Map<number, Member[]>();
  for (const [index, variable] of plan.variables.entries()) {
    const { part, decay } = known.get(variable)!;
    groups.set(part, [...(groups.get(part) ?? []), { variable, index, decay }]);
  }
  return new Map([...groups].sort(([a], [b]) => b - a));
}
