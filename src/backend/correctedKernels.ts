import * as tf from '@tensorflow/tfjs-core';
import { currentBackend } from './currentBackend.js';
import { evenMatMul, type MatMulAttributes } from './evenMatMul.js';
import { averagePoolGradient, maxPoolGradient, type PoolAttributes } from './poolGradients.js';

type Tensors = Readonly<Record<string, tf.Tensor>>;

/** A backend's own kernel, for other inputs and attributes. */
type OwnKernel = (inputs: Tensors, attributes: object) => tf.Tensor;

interface Correction {
  /** The backends of tfjs 4.22 whose kernel is wrong. What replaces it is right as well where that is mended. */
  readonly backends: readonly string[];
  readonly compute: (inputs: Tensors, attributes: object, own: OwnKernel) => tf.Tensor;
}

const poolCorrection = (backends: readonly string[], gradient: typeof averagePoolGradient): Correction => ({
  backends,
  compute: (inputs, attributes, own) =>
    gradient(inputs['input'] as tf.Tensor4D, inputs['dy'] as tf.Tensor4D, attributes as PoolAttributes, (input, dy, others) => own({ ...inputs, input, dy }, others) as tf.Tensor4D),
});

const corrections: Readonly<Record<string, Correction>> = {
  AvgPoolGrad: poolCorrection(['cpu', 'wasm', 'webgl', 'webgpu'], averagePoolGradient),
  MaxPoolGrad: poolCorrection(['wasm'], maxPoolGradient),
  BatchMatMul: {
    backends: ['webgl'],
    compute: (inputs, attributes, own) =>
      evenMatMul(inputs['a'] as tf.Tensor, inputs['b'] as tf.Tensor, attributes as MatMulAttributes, (a, b, same) => own({ a, b }, same)),
  },
};

/** The kernels that were replaced, by backend and name. */
const replaced = new Map<string, tf.KernelConfig>();

/** Replaces kernels that the current backend computes wrongly; gives the names of those replaced now. */
export function correctKernels(): string[] {
  const backendName = currentBackend();
  return Object.entries(corrections).flatMap(([kernelName, { backends, compute }]) => {
    const key = `${backendName}/${kernelName}`;
    // tfjs declares null and returns undefined for a kernel it does not have.
    const existing = tf.getKernel(kernelName, backendName) as tf.KernelConfig | undefined;
    if (!backends.includes(backendName) || existing === undefined || replaced.has(key)) return [];
    replaced.set(key, existing);
    replaceKernel({
      ...existing,
      kernelFunc: ({ inputs, attrs, backend }) =>
        compute(inputs as unknown as Tensors, attrs as object, (others, attributes) => ownResult(existing, others, attributes, backend)),
    });
    return [kernelName];
  });
}

/** Calls a kernel that is no longer registered, and makes a tensor of what it gives. */
function ownResult(kernel: tf.KernelConfig, inputs: Tensors, attributes: object, backend: object): tf.Tensor {
  const result = kernel.kernelFunc({ inputs: inputs as unknown as tf.NamedTensorInfoMap, attrs: attributes as tf.NamedAttrMap, backend });
  return tf.engine().makeTensorFromTensorInfo(result as tf.TensorInfo);
}

/** Puts the backends' own kernels back. */
export function restoreKernels(): void {
  for (const kernel of replaced.values()) replaceKernel(kernel);
  replaced.clear();
}

/** tfjs warns when a kernel is registered twice. */
function replaceKernel(kernel: tf.KernelConfig): void {
  if (tf.getKernel(kernel.kernelName, kernel.backendName)) tf.unregisterKernel(kernel.kernelName, kernel.backendName);
  tf.registerKernel(kernel);
}
