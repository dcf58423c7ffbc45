import { correctKernels, restoreKernels } from './correctedKernels.js';
import { ensureTrainingKernels as ensureConvolutionKernels, removeTrainingKernels as removeConvolutionKernels } from './trainingKernels.js';

/**
 * Gives the current backend the gradient kernels that it lacks, and replaces those of its own that are wrong or slow,
 * so that networks can be trained on it. On wasm that is three missing gradients of convolutions, a faster one for a
 * convolution's input, and the gradient of max pooling; on webgl matrix products over an odd
 * length; on every backend but tensorflow the gradient of padded average pooling. {@link fineTune} calls it; call it yourself before `model.fit` or `tf.grads`.
 *
 * @returns the names of the kernels registered by this call; none when the backend needs none or has them already.
 * @throws SpineError `backend-not-registered` if tfjs has no backend.
 */
export function ensureTrainingKernels(): string[] {
  return [...ensureConvolutionKernels(), ...correctKernels()];
}

/** Takes back what {@link ensureTrainingKernels} registered, on every backend, and restores what it replaced. */
export function removeTrainingKernels(): void {
  removeConvolutionKernels();
  restoreKernels();
}
