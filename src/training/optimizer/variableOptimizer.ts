import * as tf from '@tensorflow/tfjs-core';
import { takeTensor, type NamedTensors } from '../plan/index.js';
import { createOptimizer, type OptimizerKind, type OptimizerOptions } from './optimizer.js';
import { VariablePack } from './variablePack.js';

/**
 * Where tfjs's optimizers keep what they remember: lists with one variable for each trained one, and single variables.
 */
const memory = {
  adam: { lists: ['accumulatedFirstMoment', 'accumulatedSecondMoment'], singles: ['accBeta1', 'accBeta2'] },
  sgd: { lists: [], singles: [] },
  momentum: { lists: ['accumulations'], singles: [] },
  rmsprop: { lists: ['accumulatedMeanSquares', 'accumulatedMoments'], singles: [] },
  adamax: { lists: ['accumulatedFirstMoment', 'accumulatedWeightedInfNorm'], singles: ['accBeta1', 'iteration'] },
  adagrad: { lists: ['accumulatedGrads'], singles: [] },
  adadelta: { lists: ['accumulatedGrads', 'accumulatedUpdates'], singles: [] },
} as const satisfies Record<OptimizerKind, { lists: readonly string[]; singles: readonly string[] }>;

interface Slot {
  readonly originalName: string;
  readonly variable: tf.Variable;
}

/** What tfjs's optimizers hold beside their public methods. */
interface Inside {
  learningRate: number;
  /** The negative rate of gradient descent, which has no other memory. */
  readonly c?: tf.Tensor;
  readonly setLearningRate?: (rate: number) => void;
  [list: string]: unknown;
}

/** One of tfjs's optimizers for some variables, whose rate can change and whose memory can be saved. */
export class VariableOptimizer {
  private readonly kind: OptimizerKind;
  private readonly optimizer: tf.Optimizer;
  private readonly inside: Inside;
  private readonly pack: VariablePack;

  constructor(options: OptimizerOptions, rate: number, variables: readonly tf.Variable[]) {
    this.kind = options.kind;
    this.pack = new VariablePack(variables);
    this.optimizer = createOptimizer(options, rate);
    this.inside = this.optimizer as unknown as Inside;
  }

  /** @param gradients one for each variable, in their order; they stay the caller's. */
  apply(gradients: readonly tf.Tensor[], rate: number): void {
    if (rate !== this.inside.learningRate) {
      if (this.inside.setLearningRate) this.inside.setLearningRate(rate);
      else this.inside.learningRate = rate;
    }
    this.pack.update(gradients, (moving) =>
      this.optimizer.applyGradients(this.pack.moved.map(({ name }, index) => ({ name, tensor: moving[index]! }))),
    );
  }

  /** What it remembers, by name; still its own. */
  tensors(): [string, tf.Tensor][] {
    const { lists, singles } = memory[this.kind];
    return [
      ...lists.flatMap((list) =>
        this.slots(list).map(({ variable }, index): [string, tf.Tensor] => [`${list}/${index}`, variable]),
      ),
      ...singles.map((name): [string, tf.Tensor] => [name, this.inside[name] as tf.Variable]),
    ];
  }

  /** Goes on from what another one remembered. */
  resume(saved: NamedTensors, prefix: string): void {
    const { lists, singles } = memory[this.kind];
    const { moved } = this.pack;
    const taken: tf.Tensor[] = [];
    const take = (name: string, shape: readonly number[]) => {
      const tensor = takeTensor(saved, `${prefix}/${name}`, shape);
      taken.push(tensor);
      return tensor;
    };
    try {
      // All is there and fits before anything is replaced.
      const ofLists = lists.map((list) => moved.map(({ shape }, index) => take(`${list}/${index}`, shape)));
      const ofSingles = singles.map((name) => take(name, []));
      lists.forEach((list, at) => {
        this.slots(list).forEach(({ variable }) => variable.dispose());
        this.inside[list] = moved.map(({ name }, index): Slot => ({
          originalName: `${name}/${list}`,
          variable: tf.variable(ofLists[at]![index]!, false),
        }));
      });
      singles.forEach((name, at) => (this.inside[name] as tf.Variable).assign(ofSingles[at]!));
    } finally {
      tf.dispose(taken);
    }
  }

  dispose(): void {
    this.optimizer.dispose();
    this.pack.dispose();
    // tfjs forgets the rate of the one with momentum.
    this.inside.c?.dispose();
  }

  private slots(list: string): readonly Slot[] {
    return (this.inside[list] as Slot[] | undefined) ?? [];
  }
}
