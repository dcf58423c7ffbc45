import { bytesPerElement, decode, type ElementType } from '../elementTypes.js';
import type { NamedArrays } from '../../namedArrays.js';
import { fail } from './failure.js';
import type { PickleContext } from './pickle.js';
import { ndarrayOf } from '../../../ndarray.js';

/** torch's own limit. */
const largestRank = 64;

/** Pairs that all OrderedDicts of a file may be made of: a pickle can name one list again and again. */
const mostPairs = 1_000_000;

/** torch's storage classes by what they hold. Not here: complex and quantized numbers. */
const storageTypes: Readonly<Record<string, ElementType>> = {
  DoubleStorage: 'F64',
  FloatStorage: 'F32',
  HalfStorage: 'F16',
  BFloat16Storage: 'BF16',
  LongStorage: 'I64',
  IntStorage: 'I32',
  ShortStorage: 'I16',
  CharStorage: 'I8',
  ByteStorage: 'U8',
  BoolStorage: 'BOOL',
};

class StorageType {
  constructor(readonly type: ElementType) {}
}

/** One piece of memory that tensors are views of. */
export class Storage {
  private values: Float32Array | Float64Array | undefined;
  private bytes: Uint8Array | undefined;

  constructor(
    readonly key: string,
    readonly type: ElementType,
    readonly count: number,
  ) {}

  get byteLength(): number {
    return this.count * bytesPerElement[this.type];
  }

  fill(bytes: Uint8Array): void {
    if (bytes.length !== this.byteLength)
      fail(`storage ${this.key} has ${bytes.length} bytes where ${this.byteLength} were expected`);
    this.bytes = bytes;
  }

  read(): Float32Array | Float64Array {
    if (this.bytes === undefined) return fail(`storage ${this.key} is missing`);
    try {
      return (this.values ??= decode(this.type, this.bytes));
    } catch (cause) {
      if (cause instanceof RangeError) return fail(`storage ${this.key} ${cause.message}`, cause);
      throw cause;
    }
  }
}

/** A range of a storage: all of it, except in old files. */
class StorageView {
  constructor(
    readonly storage: Storage,
    readonly offset: number,
    readonly count: number,
  ) {}
}

class Tensor {
  constructor(
    readonly view: StorageView,
    readonly offset: number,
    readonly shape: readonly number[],
    readonly stride: readonly number[],
  ) {}
}

/** What the pickle of a state dict refers to, and the storages that it names along the way. */
export function stateDictContext(): PickleContext & { readonly storages: ReadonlyMap<string, Storage> } {
  const storages = new Map<string, Storage>();
  let pairsLeft = mostPairs;
  /** Empty, or of a list of pairs, as Python 2 wrote it. */
  const orderedDict = ([pairs = []]: readonly unknown[]): Map<unknown, unknown> => {
    if (!Array.isArray(pairs) || pairs.length > pairsLeft)
      return fail('an OrderedDict is made of something that is not a list, or of one too long');
    pairsLeft -= pairs.length;
    return new Map(
      pairs.map((pair: unknown) =>
        Array.isArray(pair) && pair.length === 2
          ? [pair[0], pair[1]]
          : fail('an OrderedDict is made of something other than pairs'),
      ),
    );
  };
  return {
    storages,
    resolve: (name) => (name === 'collections.OrderedDict' ? orderedDict : resolve(name)),
    persistent: (id) => storageView(storages, id),
  };
}

function resolve(name: string): unknown {
  const storage = /^torch(?:\.cuda)?\.(\w+)$/.exec(name)?.[1];
  if (storage !== undefined && Object.hasOwn(storageTypes, storage)) return new StorageType(storageTypes[storage]!);
  switch (name) {
    case 'torch._utils._rebuild_tensor':
    case 'torch._utils._rebuild_tensor_v2':
      return ([view, offset, shape, stride]: readonly unknown[]) => tensor(view, offset, shape, stride);
    case 'torch._utils._rebuild_parameter':
      return ([data]: readonly unknown[]) => data;
    default:
      return fail(
        `it refers to ${name}, which a state dict of plain tensors does not need. Save model.state_dict(), not the model itself`,
      );
  }
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function storageView(storages: Map<string, Storage>, id: unknown): StorageView {
  const [kind, type, key, , count, view] = Array.isArray(id) ? (id as readonly unknown[]) : [];
  if (kind !== 'storage' || !(type instanceof StorageType) || typeof key !== 'string' || !isCount(count)) {
    return fail('a reference of its pickle is to no storage');
  }
  const storage = storages.get(key) ?? new Storage(key, type.type, count);
  if (storage.type !== type.type || storage.count !== count) fail(`storage ${key} is described in two ways`);
  storages.set(key, storage);
  if (view === undefined || view === null) return new StorageView(storage, 0, count);
  const [, offset, size] = Array.isArray(view) ? (view as readonly unknown[]) : [];
  if (!isCount(offset) || !isCount(size) || offset + size > count) return fail(`a view of storage ${key} leaves it`);
  return new StorageView(storage, offset, size);
}

function tensor(view: unknown, offset: unknown, shape: unknown, stride: unknown): Tensor {
  const areCounts = (values: unknown): values is number[] =>
    Array.isArray(values) && values.length <= largestRank && values.every(isCount);
  if (!(view instanceof StorageView) || !isCount(offset) || !areCounts(shape) || !areCounts(stride)) {
    return fail('a tensor is described by something other than storage, offset, size and strides');
  }
  if (shape.length !== stride.length)
    return fail(`a tensor of shape [${shape.join(', ')}] has ${stride.length} strides`);
  const size = shape.reduce((product, side) => product * side, 1);
  const last = shape.reduce((sum, side, axis) => sum + (side - 1) * stride[axis]!, offset);
  // A tensor that repeats its storage, as expand() makes it, is larger than the file: none of a state dict is.
  if (size > view.count || (size > 0 && last >= view.count)) {
    return fail(
      `a tensor of shape [${shape.join(', ')}] exceeds its storage ${view.storage.key} of ${view.count} elements`,
    );
  }
  return new Tensor(view, offset, shape, stride);
}

/** Where training scripts keep the state dict when they save more beside it. */
const usualKeys = ['state_dict', 'model', 'model_state_dict'];

/** The tensors of a state dict; it may lie in a larger checkpoint under one of the usual keys. */
export function namedArrays(checkpoint: unknown): NamedArrays {
  if (!(checkpoint instanceof Map)) return fail('it holds no state dict. Save model.state_dict()');
  const dictionary = checkpoint as ReadonlyMap<unknown, unknown>;
  const candidates = [dictionary, ...usualKeys.map((key) => dictionary.get(key))];
  for (const candidate of candidates) {
    const tensors = candidate instanceof Map ? tensorsOf(candidate as ReadonlyMap<unknown, unknown>) : [];
    if (tensors.length > 0) return new Map(tensors.map(([name, value]) => [name, toArray(value)]));
  }
  return fail(`it holds no tensor at its top or under ${usualKeys.map((key) => `"${key}"`).join(', ')}`);
}

function tensorsOf(dictionary: ReadonlyMap<unknown, unknown>): [string, Tensor][] {
  return [...dictionary].flatMap(([name, value]) =>
    typeof name === 'string' && value instanceof Tensor ? [[name, value]] : [],
  );
}

function toArray({ view, offset, shape, stride }: Tensor) {
  return ndarrayOf(view.storage.read(), shape, stride, view.offset + offset);
}
