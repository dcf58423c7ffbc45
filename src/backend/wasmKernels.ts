import * as tf from '@tensorflow/tfjs-core';

/**
 * Kernels for the wasm backend in place of its own: a slice copies the whole of what it cuts from; the gradient of max
 * pooling is slow, and wrong where a window has no number above 0; and a product of transposed matrices is a plain loop.
 */

/** The part of the wasm backend that its own kernels written in JavaScript use. */
interface WasmBackend {
  makeOutput(shape: readonly number[], type: tf.DataType): tf.TensorInfo;
  /** A view that lasts until something is allocated. */
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array | Int32Array | Uint8Array;
}

type Call = Parameters<tf.KernelFunc>[0];

/** What a kernel is replaced by, made from the backend's own. */
export type Replacement = (existing: tf.KernelFunc) => tf.KernelFunc;

export const wasmReplacements: Readonly<Record<string, Replacement>> = {
  [tf.Slice]: (existing) => (call) => (isOnHeap(call.backend) && (call.inputs['x'] as tf.TensorInfo).dtype !== 'string' ? slice(call) : existing(call)),
  [tf.MaxPoolGrad]: (existing) => (call) => (isOnHeap(call.backend) ? maxPoolGradient(call) : existing(call)),
  [tf.BatchMatMul]: transposedFirst,
};

function isOnHeap(backend: unknown): backend is WasmBackend {
  const { makeOutput, typedArrayFromHeap } = backend as Partial<WasmBackend>;
  return typeof makeOutput === 'function' && typeof typedArrayFromHeap === 'function';
}

function slice({ inputs, attrs, backend }: Call): tf.TensorInfo {
  const heap = backend as WasmBackend;
  const x = inputs['x'] as tf.TensorInfo;
  const { begin, size } = attrs as unknown as { begin: number | number[]; size: number | number[] };
  const [from, shape] = tf.slice_util.parseSliceParams(x as tf.Tensor, begin, size) as [number[], number[]];
  const result = heap.makeOutput(shape, x.dtype);
  const target = heap.typedArrayFromHeap(result);
  const source = heap.typedArrayFromHeap(x);
  if (target.length === 0) return result;

  // What lies together is copied at once: the last axis that is cut, with all that follow.
  let axis = shape.length - 1;
  while (axis > 0 && shape[axis] === x.shape[axis]) axis--;
  const strides = x.shape.map((_, index) => x.shape.slice(index + 1).reduce((product, side) => product * side, 1));
  const run = axis < 0 ? 1 : (shape[axis] as number) * (strides[axis] as number);
  const first = from.reduce((sum, start, index) => sum + start * (strides[index] as number), 0);
  const indices = new Array<number>(Math.max(axis, 0)).fill(0);
  let offset = first;
  for (let done = 0; done < target.length; done += run) {
    target.set(source.subarray(offset, offset + run), done);
    for (let outer = axis - 1; outer >= 0; outer--) {
      const stride = strides[outer] as number;
      offset += stride;
      indices[outer] = (indices[outer] as number) + 1;
      if ((indices[outer] as number) < (shape[outer] as number)) break;
      offset -= stride * (shape[outer] as number);
      indices[outer] = 0;
    }
  }
  return result;
}

/** As in tfjs, the gradient goes to the first of equal maxima, row by row. */
function maxPoolGradient({ inputs, attrs, backend }: Call): tf.TensorInfo {
  const heap = backend as WasmBackend;
  const { dy, input } = inputs as unknown as { dy: tf.TensorInfo; input: tf.TensorInfo };
  const { filterSize, strides, pad, dimRoundingMode } = attrs as unknown as { filterSize: number; strides: number; pad: number; dimRoundingMode?: 'floor' };
  const info = tf.backend_util.computePool2DInfo(input.shape as [number, number, number, number], filterSize, strides, 1, pad, dimRoundingMode);
  const { batchSize, inHeight, inWidth, inChannels, outHeight, outWidth, strideHeight, strideWidth, filterHeight, filterWidth, padInfo } = info;
  const result = heap.makeOutput(input.shape, 'float32');
  const dx = heap.typedArrayFromHeap(result);
  const x = heap.typedArrayFromHeap(input);
  const gradient = heap.typedArrayFromHeap(dy);
  dx.fill(0);

  const largest = new Float32Array(inChannels);
  const places = new Int32Array(inChannels);
  for (let sample = 0; sample < batchSize; sample++) {
    for (let row = 0; row < outHeight; row++) {
      const top = row * strideHeight - padInfo.top;
      for (let column = 0; column < outWidth; column++) {
        const left = column * strideWidth - padInfo.left;
        largest.fill(-Infinity);
        places.fill(-1);
        for (let y = Math.max(top, 0); y < Math.min(top + filterHeight, inHeight); y++) {
          for (let z = Math.max(left, 0); z < Math.min(left + filterWidth, inWidth); z++) {
            const start = ((sample * inHeight + y) * inWidth + z) * inChannels;
            for (let channel = 0; channel < inChannels; channel++) {
              const value = x[start + channel] as number;
              if (value > (largest[channel] as number)) {
                largest[channel] = value;
                places[channel] = start + channel;
              }
            }
          }
        }
        const start = ((sample * outHeight + row) * outWidth + column) * inChannels;
        for (let channel = 0; channel < inChannels; channel++) {
          const place = places[channel] as number;
          if (place >= 0) dx[place] = (dx[place] as number) + (gradient[start + channel] as number);
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
