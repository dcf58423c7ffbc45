import * as tf from '@tensorflow/tfjs-core';
import { currentBackend } from '../currentBackend.js';
import {
  conv2dFilterGradient,
  conv2dInputGradient,
  depthwiseFilterGradient,
  depthwiseInputGradient,
  type Padding,
} from './convolutionGradients.js';
import { pair, type Shape4D } from './convolutionShapes.js';
import { evenMatMulKernel } from './evenMatMul.js';
import { correctedAveragePool } from './poolGradients.js';
import { cpuResizeGradients, wasmResizeGradients } from './resizeGradients.js';
import { tensorflowReplacements } from './tensorflowKernels.js';
import { wasmConvolutions } from './wasmConvolutions.js';
import { wasmReplacements, type Replacement } from './wasmKernels.js';

/** The attributes that tfjs passes to the gradient kernels of convolutions. */
interface ConvolutionAttributes {
  readonly strides: number | [number, number];
  readonly pad: Padding;
  readonly filterShape?: Shape4D;
  readonly inputShape?: Shape4D;
}

type Inputs = Readonly<Record<'x' | 'dy' | 'filter', tf.Tensor4D>>;

const composed: Readonly<Record<string, (inputs: Inputs, attributes: ConvolutionAttributes) => tf.Tensor4D>> = {
  Conv2DBackpropFilter: ({ x, dy }, attributes) =>
    conv2dFilterGradient(x, dy, attributes.filterShape!, pair(attributes.strides), attributes.pad),
  Conv2DBackpropInput: ({ dy, filter }, attributes) =>
    conv2dInputGradient(attributes.inputShape!, dy, filter, pair(attributes.strides), attributes.pad),
  DepthwiseConv2dNativeBackpropFilter: ({ x, dy }, attributes) =>
    depthwiseFilterGradient(x, dy, attributes.filterShape!, pair(attributes.strides), attributes.pad),
  DepthwiseConv2dNativeBackpropInput: ({ dy, filter }, attributes) =>
    depthwiseInputGradient(attributes.inputShape!, dy, filter, pair(attributes.strides), attributes.pad),
};

/** What a backend of tfjs 4.22 has and had better not use: its own is wrong, or slow. */
const replacements: Readonly<Record<string, Readonly<Record<string, Replacement>>>> = {
  wasm: {
    ...wasmReplacements,
    ...wasmConvolutions,
    ...wasmResizeGradients,
    Conv2DBackpropInput: () => composedKernel('Conv2DBackpropInput'),
    AvgPoolGrad: correctedAveragePool,
  },
  cpu: { AvgPoolGrad: correctedAveragePool, ...cpuResizeGradients },
  webgl: { AvgPoolGrad: correctedAveragePool, BatchMatMul: evenMatMulKernel },
  webgpu: { AvgPoolGrad: correctedAveragePool },
  tensorflow: tensorflowReplacements,
};

function composedKernel(kernelName: string): tf.KernelFunc {
  const gradient = composed[kernelName]!;
  return ({ inputs, attrs }) => gradient(inputs as unknown as Inputs, attrs as unknown as ConvolutionAttributes);
}

const registered = new Map<string, tf.KernelConfig | undefined>();

/**
 * Gives the current backend the gradient kernels that it lacks, and replaces those of its own that are wrong or slow,
 * so that networks can be trained on it. On wasm that is three missing gradients of convolutions, composed of kernels
 * that it has; a faster gradient by a convolution's input, product of transposed matrices, and slice; the gradient of
 * max pooling; and convolutions that are padded to the 'same' size and whose strides step over pixels at the end, which
 * predict zeros there without it. On webgl it is matrix products that sum over an odd length, on cpu, and partly on
 * wasm, the gradients of resizing, on every backend but tensorflow the gradient of padded average pooling;
 * on tensorflow the gradients of pointwise convolutions, which are faster as products.
 * {@link fineTune} calls it; call it yourself before `model.fit` or `tf.grads`.
 *
 * @returns the names of the kernels registered by this call; none when the backend needs none or has them already.
 * @throws SpineError `backend-not-registered` if tfjs has no backend.
 */
export function ensureTrainingKernels(): string[] {
  const backendName = currentBackend();
  const added: string[] = [];
  const replaced = replacements[backendName] ?? {};
  for (const kernelName of new Set([...Object.keys(composed), ...Object.keys(replaced)])) {
    const key = `${backendName}/${kernelName}`;
    if (registered.has(key)) continue;
    // tfjs declares null and returns undefined for a kernel it does not have.
    const existing = (tf.getKernel(kernelName, backendName) as tf.KernelConfig | null) ?? undefined;
    const kernelFunc = existing
      ? replaced[kernelName]?.(existing.kernelFunc)
      : composed[kernelName] && composedKernel(kernelName);
    if (!kernelFunc) continue;
    // tfjs warns when a kernel is registered twice.
    if (existing !== undefined) tf.unregisterKernel(kernelName, backendName);
    // Its own kernel still runs inside: a backend that starts anew must set it up as before.
    tf.registerKernel({ ...existing, kernelName, backendName, kernelFunc });
    registered.set(key, existing);
    added.push(kernelName);
  }
  return added;
}

/** Takes back what {@link ensureTrainingKernels} registered, on every backend, and restores what it replaced. */
export function removeTrainingKernels(): void {
  for (const [key, replaced] of registered) {
    const [backendName, kernelName] = key.split('/') as [string, string];
    // It may have been removed by other code, which tfjs would call an error.
    if ((tf.getKernel(kernelName, backendName) as tf.KernelConfig | null) ?? undefined)
      tf.unregisterKernel(kernelName, backendName);
    if (replaced !== undefined) tf.registerKernel(replaced);
  }
  registered.clear();
}
