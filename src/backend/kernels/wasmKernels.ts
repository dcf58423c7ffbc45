import * as tf from '@tensorflow/tfjs-core';
import { bringOver, isOnHeap, type WasmBackend } from './wasmHeap.js';

/**
 * Kernels for the wasm backend in place of its own: a slice copies the whole of what it cuts from; the gradient of max
 * pooling is slow, and wrong where a window has no number above 0; and a product of transposed matrices is a plain
 * loop.
 */

type Call = Parameters<tf.KernelFunc>[0];

/** What a kernel is replaced by, made from the backend's own. */
export type Replacement = (existing: tf.KernelFunc) => tf.KernelFunc;

export const wasmReplacements: Readonly<Record<string, Replacement>> = {
  [tf.Slice]: (existing) => (call) =>
    isOnHeap(call.backend) && call.inputs['x']!.dtype !== 'string' ? slice(call) : existing(call),
  [tf.MaxPoolGrad]: (existing) => (call) => (isOnHeap(call.backend) ? maxPoolGradient(call) : existing(call)),
  [tf.BatchMatMul]: transposedFirst,
};

function slice({ inputs, attrs, backend }: Call): tf.TensorInfo {
  const heap = backend as WasmBackend;
  const x = inputs['x']!;
  const { begin, size } = attrs as unknown as { begin: number | number[]; size: number | number[] };
  const [from, shape] = tf.slice_util.parseSliceParams(x as tf.Tensor, begin, size) as [number[], number[]];
  bringOver(heap, [x]);
  const result = heap.makeOutput(shape, x.dtype);
  const target = heap.typedArrayFromHeap(result);
  const source = heap.typedArrayFromHeap(x);
  if (target.length === 0) return result;

  // What lies together is copied at once: the last axis that is cut, with all that follow.
  let axis = shape.length - 1;
  while (axis > 0 && shape[axis] === x.shape[axis]) axis--;
  const strides = x.shape.map((_, index) => x.shape.slice(index + 1).reduce((product, side) => product * side, 1));
  const run = axis < 0 ? 1 : shape[axis]! * strides[axis]!;
  const first = from.reduce((sum, start, index) => sum + start * strides[index]!, 0);
  const indices = new Array<number>(Math.max(axis, 0)).fill(0);
  let offset = first;
  for (let done = 0; done < target.length; done += run) {
    target.set(source.subarray(offset, offset + run), done);
    for (let outer = axis - 1; outer >= 0; outer--) {
      const stride = strides[outer]!;
      offset += stride;
      indices[outer] = indices[outer]! + 1;
      if (indices[outer]! < shape[outer]!) break;
      offset -= stride * shape[outer]!;
      indices[outer] = 0;
    }
  }
  return result;
}

/** As in tfjs, the gradient goes to the first of equal maxima, row by row. */
function maxPoolGradient({ inputs, attrs, backend }: Call): tf.TensorInfo {
  const heap = backend as WasmBackend;
  const { dy, input, output } = inputs as unknown as { dy: tf.TensorInfo; input: tf.TensorInfo; output: tf.TensorInfo };
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as {
    filterSize: number;
    strides: number;
    pad: number;
    dimRoundingMode?: 'floor';
  };
  const info = tf.backend_util.computePool2DInfo(
    input.shape as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  );
  const {
    batchSize,
    inHeight,
    inWidth,
    inChannels,
    outHeight,
    outWidth,
    strideHeight,
    strideWidth,
    filterHeight,
    filterWidth,
    padInfo,
  } = info;
  bringOver(heap, [input, output, dy]);
  const result = heap.makeOutput(input.shape, 'float32');
  const [dx, x, y, gradient] = [result, input, output, dy].map(
    (tensor) => heap.typedArrayFromHeap(tensor) as Float32Array,
  ) as [Float32Array, Float32Array, Float32Array, Float32Array];
  dx.fill(0);

  /** Where the pixels of a window begin. */
  const seen = new Int32Array(filterHeight * filterWidth);
  for (let sample = 0; sample < batchSize; sample++) {
    for (let row = 0; row < outHeight; row++) {
      const firstRow = row * strideHeight - padInfo.top;
      for (let column = 0; column < outWidth; column++) {
        const firstColumn = column * strideWidth - padInfo.left;
        let pixels = 0;
        for (let seenRow = Math.max(firstRow, 0); seenRow < Math.min(firstRow + filterHeight, inHeight); seenRow++) {
          for (
            let seenColumn = Math.max(firstColumn, 0);
            seenColumn < Math.min(firstColumn + filterWidth, inWidth);
            seenColumn++
          ) {
            seen[pixels++] = ((sample * inHeight + seenRow) * inWidth + seenColumn) * inChannels;
          }
        }
        const from = ((sample * outHeight + row) * outWidth + column) * inChannels;
        for (let channel = 0; channel < inChannels; channel++) {
          const maximum = y[from + channel]!;
          for (let pixel = 0; pixel < pixels; pixel++) {
            const to = seen[pixel]! + channel;
            if (x[to] !== maximum) continue;
            dx[to] = dx[to]! + gradient[from + channel]!;
            break;
          }
        }
      }
    }
  }
  return result;
}

function transposedFirst(existing: tf.KernelFunc): tf.KernelFunc {
  return (call) => {
    const { transposeA, transposeB } = call.attrs as unknown as { transposeA: boolean; transposeB: boolean };
    const { a, b } = call.inputs as unknown as { a: tf.Tensor; b: tf.Tensor };
    if (!transposeA && !transposeB) return existing(call);
    return tf.tidy(() => tf.matMul(transposeA ? turned(a) : a, transposeB ? turned(b) : b));
  };
}

/** Matrices with rows and columns exchanged: the last two axes. */
function turned(x: tf.Tensor): tf.Tensor {
  const axes = [...x.shape.keys()];
  return tf.transpose(x, [...axes.slice(0, -2), x.rank - 1, x.rank - 2]);
}
