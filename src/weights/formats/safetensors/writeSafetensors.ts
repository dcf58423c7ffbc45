import { isPlainObject } from '../../../arguments.js';
import { SpineError } from '../../../errors.js';
import { requireArrays, type NamedArrays } from '../../namedArrays.js';
import { rowMajor } from '../../../ndarray.js';
import { oneOf, optionsOf } from '../../../options.js';

/** Options of {@link writeSafetensors}. */
export interface WriteSafetensorsOptions {
  /** Element type of the file: float32, or float16 at half the size with a relative rounding of 2⁻¹¹. Default 'F32'. */
  readonly dtype?: 'F32' | 'F16';
  /** Texts kept in the file's header, such as where the weights come from. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The defaults of {@link writeSafetensors}. */
export const writeSafetensorsDefaults = { dtype: 'F32' } as const satisfies WriteSafetensorsOptions;

export const writeSafetensorsOptions = optionsOf<WriteSafetensorsOptions, typeof writeSafetensorsDefaults>(
  'writeSafetensors',
  {
    dtype: oneOf('F32', 'F16'),
    metadata: {
      expects: 'an object of texts',
      accepts: (given) => isPlainObject(given) && Object.values(given).every((value) => typeof value === 'string'),
      advice: (given) => {
        const [odd] = Object.entries(given ?? {}).find(([, value]) => typeof value !== 'string') ?? [];
        return odd === undefined ? undefined : `"${odd}" is not text: use JSON.stringify.`;
      },
    },
  },
  writeSafetensorsDefaults,
);

/**
 * The bytes of a safetensors file, readable by {@link readSafetensors} and by the format's Python package.
 *
 * @throws SpineError `invalid-argument` if a value is too large for float16, or an option or a name is one that the
 * format does not have.
 */
export function writeSafetensors(arrays: NamedArrays, options: WriteSafetensorsOptions = {}): Uint8Array {
  requireArrays('writeSafetensors', arrays);
  const { dtype, metadata } = writeSafetensorsOptions.check(options);
  if (arrays.has(metadataKey))
    throw new SpineError('invalid-argument', `No array of a safetensors file can be called "${metadataKey}".`);
  const bytesPerElement = dtype === 'F16' ? 2 : 4;
  const header: Record<string, unknown> = metadata ? { [metadataKey]: metadata } : {};
  let position = 0;
  for (const [name, { shape, size }] of arrays) {
    header[name] = { dtype, shape, data_offsets: [position, position + size * bytesPerElement] };
    position += size * bytesPerElement;
  }
  const { bytes, dataStart } = layOutSafetensors(header, position);
  let offset = dataStart;
  for (const [name, given] of arrays) {
    const values = rowMajor(given);
    if (dtype === 'F16') writeHalves(new Uint16Array(bytes.buffer, offset, values.length), values, name);
    else new Float32Array(bytes.buffer, offset, values.length).set(values);
    offset += values.length * bytesPerElement;
  }
  return bytes;
}

const metadataKey = '__metadata__';

/** A safetensors file whose data, of so many bytes, are still to be filled in. */
export function layOutSafetensors(
  header: Readonly<Record<string, unknown>>,
  dataBytes: number,
): { readonly bytes: Uint8Array<ArrayBuffer>; readonly dataStart: number } {
  // Padded with spaces so that the data is aligned, as the format recommends.
  const json = new TextEncoder().encode(JSON.stringify(header));
  const dataStart = 8 + Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(dataStart + dataBytes).fill(0x20, 8, dataStart);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(dataStart - 8), true);
  bytes.set(json, 8);
  return { bytes, dataStart };
}

/** IEEE 754 binary16, rounded to nearest with ties to even. */
function writeHalves(halves: Uint16Array, given: Float32Array | Float64Array, name: string): void {
  const values = given instanceof Float32Array ? given : new Float32Array(given);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let i = 0; i < halves.length; i++) {
    const word = bits[i]!;
    const half = halfMagnitude((word >>> 23) & 0xff, word & 0x7fffff);
    if (half === undefined)
      throw new SpineError('invalid-argument', `"${name}" holds ${given[i]}, too large for float16. Write it as F32.`);
    halves[i] = ((word >>> 16) & 0x8000) | half;
  }
}

/** The exponent and fraction of a float32 as those of a float16; undefined for a finite number beyond its range. */
function halfMagnitude(exponent: number, fraction: number): number | undefined {
  if (exponent === 0xff) return fraction === 0 ? 0x7c00 : 0x7e00;
  // 2⁻¹⁴ is the least normal half; what is less is a multiple of 2⁻²⁴, the implicit leading bit made explicit.
  const subnormal = exponent < 113;
  const shift = subnormal ? 126 - exponent : 13;
  if (shift > 24) return 0;
  const whole = subnormal ? fraction | 0x800000 : ((exponent - 112) << 23) | fraction;
  const rest = whole & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  const floor = whole >>> shift;
  // A fraction that is rounded up to 1024 carries into the exponent.
  const rounded = rest > middle || (rest === middle && floor % 2 === 1) ? floor + 1 : floor;
  return rounded < 0x7c00 ? rounded : undefined;
}
