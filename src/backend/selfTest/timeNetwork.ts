import * as tf from '@tensorflow/tfjs-core';
import type { BackendWork } from '../kernels/index.js';

/**
 * A separable convolution as in the middle of networks, with enough samples that a graphics card has something to do.
 */
export const timedSamples = 16;
const [side, channels] = [28, 64];
const mostRuns = 5;
const enoughMilliseconds = 300;
/** A backend that takes longer for one sample is not made to compute them all. */
const slowSample = 100;

/**
 * The fastest of a few runs of a small network on the current backend, in milliseconds, its results read; on a very
 * slow backend, an estimate from one sample.
 */
export async function timeNetwork(work: BackendWork): Promise<number> {
  const single = await fastestRun(work, 1, 1);
  return single > slowSample ? single * timedSamples : fastestRun(work, timedSamples, mostRuns);
}

async function fastestRun(work: BackendWork, count: number, mostTimed: number): Promise<number> {
  const given = tf.tidy(() => [
    tf.fill([count, side, side, channels], 0.5),
    tf.fill([3, 3, channels, 1], 0.1),
    tf.fill([1, 1, channels, channels], 0.1),
  ]);
  const network = (...[images, depthwise, pointwise]: tf.Tensor[]) =>
    tf.mean(
      tf.relu(
        tf.conv2d(
          tf.depthwiseConv2d(images as tf.Tensor4D, depthwise as tf.Tensor4D, 1, 'same'),
          pointwise as tf.Tensor4D,
          1,
          'same',
        ),
      ),
    );
  const results = () =>
    work === 'inference'
      ? [network(...given)]
      : tf
          .grads(network)(given)
          .map((gradient) => tf.sum(gradient));
  try {
    // The first run compiles and uploads.
    await timeOnce(results);
    let fastest = Infinity;
    let spent = 0;
    for (let run = 0; run < mostTimed && spent < enoughMilliseconds; run++) {
      const milliseconds = await timeOnce(results);
      fastest = Math.min(fastest, milliseconds);
      spent += milliseconds;
    }
    return fastest;
  } finally {
    tf.dispose(given);
  }
}

async function timeOnce(work: () => tf.Tensor[]): Promise<number> {
  const began = performance.now();
  const tensors = tf.tidy(work);
  try {
    await Promise.all(tensors.map((tensor) => tensor.data()));
    return performance.now() - began;
  } finally {
    tf.dispose(tensors);
  }
}
