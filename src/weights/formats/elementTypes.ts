/** Element types that weight files hold, by safetensors' names, and their sizes in bytes. */
export const bytesPerElement = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;

/** An element type that {@link decode} reads. */
export type ElementType = keyof typeof bytesPerElement;

export const isElementType = (name: string): name is ElementType => Object.hasOwn(bytesPerElement, name);

/**
 * Little-endian elements as numbers: F16, BF16 and F32 in float32, all others in float64. F32 and F64 share the memory
 * of `bytes` where its alignment permits.
 *
 * @throws RangeError for a 64-bit integer that float64 cannot hold.
 */
export function decode(type: ElementType, bytes: Uint8Array): Float32Array | Float64Array {
  switch (type) {
    case 'F64':
      return view(Float64Array, bytes);
    case 'F32':
      return view(Float32Array, bytes);
    case 'F16':
      return fromHalf(view(Uint16Array, bytes));
    case 'BF16':
      return fromBrainHalf(view(Uint16Array, bytes));
    case 'I64':
      return fromLong(view(BigInt64Array, bytes));
    case 'U64':
      return fromLong(view(BigUint64Array, bytes));
    case 'I32':
      return new Float64Array(view(Int32Array, bytes));
    case 'U32':
      return new Float64Array(view(Uint32Array, bytes));
    case 'I16':
      return new Float64Array(view(Int16Array, bytes));
    case 'U16':
      return new Float64Array(view(Uint16Array, bytes));
    case 'I8':
      return new Float64Array(view(Int8Array, bytes));
    case 'U8':
      return new Float64Array(bytes);
    case 'BOOL':
      return Float64Array.from(bytes, (value) => (value === 0 ? 0 : 1));
  }
}

interface Elements<T> {
  new (buffer: ArrayBufferLike, offset: number, length: number): T;
  readonly BYTES_PER_ELEMENT: number;
}

/** The bytes as elements: over the same memory if it is aligned, else over a copy. */
function view<T>(elements: Elements<T>, bytes: Uint8Array): T {
  const { BYTES_PER_ELEMENT: width } = elements;
  const { buffer, byteOffset, byteLength } = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  return new elements(buffer, byteOffset, byteLength / width);
}

function fromLong(values: BigInt64Array | BigUint64Array): Float64Array {
  const numbers = new Float64Array(values.length);
  for (let i = 0; i < values.length; i++) {
    const value = Number(values[i]);
    if (!Number.isSafeInteger(value))
      throw new RangeError(`holds ${String(values[i])}, an integer beyond 2⁵³ that a number cannot hold exactly`);
    numbers[i] = value;
  }
  return numbers;
}

export function fromBrainHalf(halves: Uint16Array): Float32Array {
  const words = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) words[i] = halves[i]! << 16;
  return new Float32Array(words.buffer);
}

let halfTable: Float32Array | undefined;

/** Through a table of all 65,536 values of IEEE 754 binary16. */
export function fromHalf(halves: Uint16Array): Float32Array {
  halfTable ??= Float32Array.from({ length: 0x10000 }, (_, bits) => {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 0x1f;
    const fraction = bits & 0x3ff;
    if (exponent === 0) return sign * 2 ** -24 * fraction;
    if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
    return sign * 2 ** (exponent - 15) * (1 + fraction / 1024);
  });
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = halfTable[halves[i]!]!;
  return values;
}
