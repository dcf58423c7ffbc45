import * as tf from '@tensorflow/tfjs-core';

/** The part of the wasm backend that its own kernels written in JavaScript use. */
export interface WasmBackend {
  /** Moves what it does not hold from the backend that does. */
  readonly dataIdMap: { get(dataId: object): { memoryOffset: number } };
  /** @param memoryOffset where the numbers lie; without it, they get memory of their own. */
  makeOutput(shape: readonly number[], type: tf.DataType, memoryOffset?: number): tf.TensorInfo;
  /** A view that lasts until something is allocated. */
  typedArrayFromHeap(tensor: tf.TensorInfo): Float32Array | Int32Array | Uint8Array;
}

export function isOnHeap(backend: unknown): backend is WasmBackend {
  const { dataIdMap, makeOutput, typedArrayFromHeap } = backend as Partial<WasmBackend>;
  return dataIdMap !== undefined && typeof makeOutput === 'function' && typeof typedArrayFromHeap === 'function';
}

/** Fetches what another backend holds, which may move the whole heap: before any view of it is taken. */
export function bringOver(heap: WasmBackend, tensors: readonly tf.TensorInfo[]): void {
  for (const { dataId } of tensors) heap.dataIdMap.get(dataId);
}

/**
 * What `use` makes of the rows from `first` on of a matrix of float32. Wasm does not copy them: the rows that `use`
 * gets lie where the matrix does, and are gone when it returns. So it may return neither them nor a view of them, such
 * as a reshape, nor keep one.
 *
 * @throws Error if it returns one, on the backends that do copy as well, or if the matrix has another type.
 */
export function withRows<T extends tf.TensorContainer>(
  x: tf.Tensor2D,
  first: number,
  count: number,
  use: (rows: tf.Tensor2D) => T,
): T {
  if (x.dtype !== 'float32') throw new Error(`withRows takes a matrix of float32, not of ${x.dtype}.`);
  if (first === 0 && count === x.shape[0]) return useUnshared(x, use);
  const backend: unknown = tf.backend();
  if (!isOnHeap(backend)) return tf.tidy(() => useUnshared(tf.slice(x, [first, 0], [count, -1]), use));
  const { memoryOffset } = backend.dataIdMap.get(x.dataId);
  const info = backend.makeOutput(
    [count, x.shape[1]],
    'float32',
    memoryOffset + first * x.shape[1] * Float32Array.BYTES_PER_ELEMENT,
  );
  const rows = tf.engine().makeTensorFromTensorInfo(info) as tf.Tensor2D;
  try {
    return useUnshared(rows, use);
  } finally {
    // The backend frees the memory of what it disposes of: this is the matrix's, and freeing address 0 does nothing.
    backend.dataIdMap.get(rows.dataId).memoryOffset = 0;
    rows.dispose();
  }
}

function useUnshared<T extends tf.TensorContainer>(rows: tf.Tensor2D, use: (rows: tf.Tensor2D) => T): T {
  const result = use(rows);
  // A view has an id of its own, and that of the data it shows.
  if (tf.tensor_util.getTensorsInContainer(result).some(({ dataId }) => dataId === rows.dataId))
    throw new Error('What withRows returns lies in the rows that it gave. Copy it.');
  return result;
}
