import * as tf from '@tensorflow/tfjs-core';
import type * as tfl from '@tensorflow/tfjs-layers';
import { stageDefaults, type UpdateOptions } from '../stage/index.js';
import { clipGradients } from './clip.js';
import { decayRate, decayVariable } from './weightDecay.js';
import { constrain, constrainedOf } from './constraints.js';
import { layerDepths } from './layerDepth.js';
import type { Graph } from '../../network/index.js';
import type { Plan } from '../stage/index.js';
import { prefixed, type NamedTensors } from '../tensors.js';
import { isSmall } from './variablePack.js';
import { VariableOptimizer } from './variableOptimizer.js';

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
 * and applies their constraints. Adam's steps do not depend on the size of gradients, so blocks that learn at rates of their own have optimizers
 * of their own; so have portions of them, for the memory.
 */
export class Updater {
  private readonly groups: readonly Group[];
  private readonly constrained: readonly tfl.LayerVariable[];

  constructor(
    graph: Graph,
    plan: Plan,
    private readonly options: UpdateOptions,
    rate: number,
  ) {
    this.constrained = constrainedOf(plan.changing);
    const optimizer = options.optimizer ?? stageDefaults.optimizer;
    this.groups = [...membersByPart(graph, plan, options)].flatMap(([part, all]) =>
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
  }

  /** @param gradients in the order of the plan's variables; they stay the caller's. */
  apply(gradients: readonly tf.Tensor[], rate: number): void {
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
  }

  /** What it remembers from one update to the next, by name; still its own. */
  tensors(): [string, tf.Tensor][] {
    return this.groups.flatMap(({ optimizer }, index) => prefixed(`optimizer/${index}`, optimizer.tensors()));
  }

  resume(saved: NamedTensors): void {
    this.groups.forEach(({ optimizer }, index) => optimizer.resume(saved, `optimizer/${index}`));
  }

  dispose(): void {
    for (const { optimizer } of this.groups) optimizer.dispose();
  }
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
function membersByPart(
  graph: Graph,
  plan: Plan,
  { layerDecay = stageDefaults.layerDecay, weightDecay = stageDefaults.weightDecay }: UpdateOptions,
): Map<number, Member[]> {
  const depths = layerDepths(graph);
  const known = new Map<tf.Tensor, Omit<Member, 'variable' | 'index'> & { part: number }>();
  for (const layer of plan.trained) {
    const part = layerDecay ** (depths.get(layer) ?? 0);
    for (const weight of layer.weights) known.set(weight.read(), { part, decay: decayRate(weightDecay, weight) });
  }
  const groups = new Map<number, Member[]>();
  for (const [index, variable] of plan.variables.entries()) {
    const { part, decay } = known.get(variable) as { part: number; decay: number };
    groups.set(part, [...(groups.get(part) ?? []), { variable, index, decay }]);
  }
  return new Map([...groups].sort(([a], [b]) => b - a));
}
