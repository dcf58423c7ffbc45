import * as tf from '@tensorflow/tfjs-core';

/** Adds up the gradients of the parts of a batch. */
export class GradientSum {
  private sums: tf.Tensor[] = [];

  /**
   * @param gradients of the mean loss of a part; they stay the caller's.
   * @param share of the batch's samples that the part has, so that the sum is the gradient of the batch's mean loss.
   */
  add(gradients: readonly tf.Tensor[], share: number): void {
    const before = this.sums;
    this.sums = gradients.map((gradient, index) =>
      tf.keep(
        tf.tidy(() => {
          const part = tf.mul(gradient, share);
          const sum = before[index];
          return sum ? tf.add(sum, part) : part;
        }),
      ),
    );
    tf.dispose(before);
  }

  /** Hands the sums to `use`, then begins anew. */
  spend(use: (sums: readonly tf.Tensor[]) => void): void {
    try {
      use(this.sums);
    } finally {
      this.dispose();
    }
  }

  dispose(): void {
    tf.dispose(this.sums);
    this.sums = [];
  }
}
