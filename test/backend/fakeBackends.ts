import * as tf from '@tensorflow/tfjs-core';
import { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';

/** What a backend made of cpu's does otherwise. */
export interface Fake {
  /** Kernels it does not have. */
  readonly without?: readonly string[];
  /** Changes the numbers that a kernel gives. */
  readonly changed?: Readonly<Record<string, (value: number) => number>>;
  /** A promise, as WebGPU's devices have: lost once it resolves. */
  readonly device?: { readonly lost: Promise<{ readonly message: string }> };
  /** Milliseconds that each of its depthwise convolutions takes. */
  readonly delay?: number;
}

/** Registers a backend that does as cpu does, but for what is said. */
export function registerFake(backendName: string, { without = [], changed = {}, device, delay = 0 }: Fake = {}): void {
  tf.registerBackend(backendName, () => Object.assign(new MathBackendCPU(), device && { device }));
  for (const kernel of tf.getKernelsForBackend('cpu')) {
    const { kernelName } = kernel;
    if (without.includes(kernelName)) continue;
    const kernelFunc: tf.KernelFunc = (given) => {
      const result = kernel.kernelFunc(given);
      if (kernelName === 'DepthwiseConv2dNative') wait(delay);
      const change = changed[kernelName];
      if (change === undefined || Array.isArray(result)) return result;
      const { values } = (given.backend as MathBackendCPU).data.get(result.dataId);
      (values as Float32Array).forEach((value, index, all) => (all[index] = change(value)));
      return result;
    };
    tf.registerKernel({ ...kernel, backendName, kernelFunc });
  }
}

function wait(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

/** Removes a fake and its kernels. */
export function removeFake(backendName: string): void {
  if (tf.engine().registryFactory[backendName]) tf.removeBackend(backendName);
  for (const { kernelName } of tf.getKernelsForBackend(backendName)) tf.unregisterKernel(kernelName, backendName);
}
