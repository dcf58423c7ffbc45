import * as tf from '@tensorflow/tfjs-core';
import { currentBackend } from './currentBackend.js';
import { averagePoolGradient, maxPoolGradient, type OwnPoolGradient, type PoolAttributes } from './poolGradients.js';

interface Correction {
  /** The backends of tfjs 4.22 whose kernel is wrong. What replaces it is right as well where that is mended. */
  readonly backends: readonly string[];
  readonly gradient: (x: tf.Tensor4D, dy: tf.Tensor4D, attributes: PoolAttributes, own: OwnPoolGradient) => tf.Tensor4D;
}

const corrections: Readonly<Record<string, Correction>> = {
  AvgPoolGrad: { backends: ['cpu', 'wasm', 'webgl', 'webgpu'], gradient: averagePoolGradient },
  MaxPoolGrad: { backends: ['wasm'], gradient: maxPoolGradient },
};

/** The kernels that were replaced, by backend and name. */
const replaced = new Map<string, tf.KernelConfig>();

/** Replaces gradients of pooling that the current backend computes wrongly; gives the names of those replaced now. */
export function correctPoolKernels(): string[] {
  const backendName = currentBackend();
  return Object.entries(corrections).flatMap(([kernelName, { backends, gradient }]) => {
    const key = `${backendName}/${kernelName}`;
    // tfjs declares null and returns undefined for a kernel it does not have.
    const existing = tf.getKernel(kernelName, backendName) as tf.KernelConfig | undefined;
    if (!backends.includes(backendName) || existing === undefined || replaced.has(key)) return [];
    replaced.set(key, existing);
    replaceKernel({
      ...existing,
      kernelFunc: ({ inputs, attrs, backend }) => {
        const { dy, input } = inputs as unknown as Readonly<Record<'dy' | 'input', tf.Tensor4D>>;
        // The kernels that are replaced read no more than these two.
        const own: OwnPoolGradient = (x, gradientAbove, attributes) =>
          ownGradient(existing, { ...inputs, input: x, dy: gradientAbove }, attributes, backend as tf.KernelBackend);
        return gradient(input, dy, attrs as unknown as PoolAttributes, own);
      },
    });
    return [kernelName];
  });
}

/** Calls a kernel that is no longer registered, and makes a tensor of what it gives. */
function ownGradient(kernel: tf.KernelConfig, inputs: tf.NamedTensorInfoMap, attributes: PoolAttributes, backend: tf.KernelBackend): tf.Tensor4D {
  const result = kernel.kernelFunc({ inputs, attrs: attributes as unknown as tf.NamedAttrMap, backend }) as tf.TensorInfo;
  return tf.engine().makeTensorFromTensorInfo(result) as tf.Tensor4D;
}

/** Puts the backends' own kernels back. */
export function restorePoolKernels(): void {
  for (const kernel of replaced.values()) replaceKernel(kernel);
  replaced.clear();
}

/** tfjs warns when a kernel is registered twice. */
function replaceKernel(kernel: tf.KernelConfig): void {
  if (tf.getKernel(kernel.kernelName, kernel.backendName)) tf.unregisterKernel(kernel.kernelName, kernel.backendName);
  tf.registerKernel(kernel);
}
