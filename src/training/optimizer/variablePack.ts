import * as tf from '@tensorflow/tfjs-core';

/** Variables that are moved together: the scales, centres and biases of layers, more than half of all. */
export const isSmall = ({ rank }: tf.Variable): boolean => rank === 1;

/**
 * Small variables in a row, as one: an optimizer makes a dozen operations of each variable, and starting an operation
 * takes longer than a thousand numbers do. All that tfjs's optimizers do is done number by number, so that the results
 * are the same.
 */
export class VariablePack {
  private readonly packed: tf.Variable | undefined;
  private readonly small: readonly number[];
  private readonly large: readonly number[];

  /** What an optimizer is to move in place of the variables: those that are large, and after them the pack. */
  readonly moved: readonly tf.Variable[];

  constructor(private readonly variables: readonly tf.Variable[]) {
    const positions = [...variables.keys()];
    const small = positions.filter((position) => isSmall(variables[position]!));
    this.small = small.length > 1 ? small : [];
    this.large = positions.filter((position) => !this.small.includes(position));
    this.packed = this.small.length > 0 ? tf.tidy(() => tf.variable(this.joined(variables), false)) : undefined;
    this.moved = [...this.large.map((position) => variables[position]!), ...(this.packed ? [this.packed] : [])];
  }

  /**
   * Takes what the small variables hold now, lets `move` move what is moved, and gives them what came of it.
   *
   * @param move given the gradients of what is moved.
   */
  update(gradients: readonly tf.Tensor[], move: (gradients: tf.Tensor[]) => void): void {
    const ofLarge = this.large.map((position) => gradients[position]!);
    const { packed } = this;
    if (!packed) return move(ofLarge);
    tf.tidy(() => {
      packed.assign(this.joined(this.variables));
      move([...ofLarge, this.joined(gradients)]);
      const small = this.small.map((position) => this.variables[position]!);
      tf.split(
        packed as tf.Tensor1D,
        small.map(({ size }) => size),
      ).forEach((values, index) => small[index]!.assign(values));
    });
  }

  dispose(): void {
    this.packed?.dispose();
  }

  private joined(tensors: readonly tf.Tensor[]): tf.Tensor1D {
    return tf.concat(this.small.map((position) => tensors[position] as tf.Tensor1D));
  }
}
