import * as tf from '@tensorflow/tfjs-core';

/** Adds up the gradients of the parts of a batch (gradient accumulation), kept beyond any tidy scope. */
export class GradientSum {
  private sums: readonly tf.Tensor[] = [];

  /**
   * @param gradients of the mean loss of a part; they are the sum's from then on.
   * @param share of the batch's samples that the part has, so that the sum is the gradient of the batch's mean loss.
   */
  add(gradients: readonly tf.Tensor[], share: number): void {
    if (share === 1) {
      this.dispose();
      this.sums = gradients.map((gradient) => tf.keep(gradient));
      return;
    }
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
    tf.dispose([...before, ...gradients]);
  }

  /** Hands over the sums, which are the caller's from then on, and begins anew. */
  take(): readonly tf.Tensor[] {
    const { sums } = this;
    this.sums = [];
    return sums;
  }

  dispose(): void {
    tf.dispose([...this.sums]);
    this.sums = [];
  }
}
