import * as tf from '@tensorflow/tfjs-core';

/** Kernels that the networks of this library run when they predict. */
const inference: readonly string[] = [
  '_FusedMatMul',
  'Add',
  'AvgPool',
  'Cast',
  'ClipByValue',
  'Concat',
  'Conv2D',
  'DepthwiseConv2dNative',
  'FusedBatchNorm',
  'FusedConv2D',
  'Identity',
  'MaxPool',
  'Mean',
  'Multiply',
  'PadV2',
  'Relu',
  'Reshape',
  'Sigmoid',
  'Slice',
  'Softmax',
];

/** Kernels that training them runs besides: gradients, the loss, the optimizer. */
const training: readonly string[] = [
  'ArgMax',
  'AvgPoolGrad',
  'BatchMatMul',
  'Conv2DBackpropFilter',
  'Conv2DBackpropInput',
  'DepthwiseConv2dNativeBackpropFilter',
  'DepthwiseConv2dNativeBackpropInput',
  'Equal',
  'Exp',
  'FusedDepthwiseConv2D',
  'GreaterEqual',
  'LessEqual',
  'Log',
  'LogicalAnd',
  'Max',
  'MaxPoolGrad',
  'Neg',
  'OneHot',
  'RealDiv',
  'Relu6',
  'Rsqrt',
  'Select',
  'SplitV',
  'Sqrt',
  'Square',
  'SquaredDifference',
  'Step',
  'Sub',
  'Sum',
  'Transpose',
  'ZerosLike',
];

/** What a backend has to do: predict, or predict and train. */
export type BackendWork = 'inference' | 'training';

/** The kernels that the work needs and the backend does not have. */
export function missingKernels(backendName: string, work: BackendWork): string[] {
  const needed = work === 'training' ? [...inference, ...training] : inference;
  const present = new Set(tf.getKernelsForBackend(backendName).map(({ kernelName }) => kernelName));
  return needed.filter((name) => !present.has(name));
}
