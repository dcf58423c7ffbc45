import { SpineError } from '../errors.js';
import { rowMajor } from '../image/index.js';
import type { NamedArrays } from './namedArrays.js';

/** Options of {@link writeSafetensors}. */
export interface WriteSafetensorsOptions {
  /** Element type of the file: float32, or float16 at half the size with a relative rounding of 2⁻¹¹. Default 'F32'. */
  readonly dtype?: 'F32' | 'F16';
  /** Texts kept in the file's header, such as where the weights come from. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * The bytes of a safetensors file, readable by {@link readSafetensors} and by the format's Python package.
 *
 * @throws SpineError `invalid-argument` if a value is too large for float16.
 */
export function writeSafetensors(arrays: NamedArrays, options: WriteSafetensorsOptions = {}): Uint8Array {
  const { dtype = 'F32', metadata } = options;
  const bytesPerElement = dtype === 'F16' ? 2 : 4;
  const header: Record<string, unknown> = metadata ? { __metadata__: metadata } : {};
  let position = 0;
  for (const [name, { shape, size }] of arrays) {
    header[name] = { dtype, shape, data_offsets: [position, position + size * bytesPerElement] };
    position += size * bytesPerElement;
  }
  // Padded with spaces so that the data is aligned, as the format recommends.
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerLength = Math.ceil(json.length / 8) * 8;

  const bytes = new Uint8Array(8 + headerLength + position).fill(0x20, 8, 8 + headerLength);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(headerLength), true);
  bytes.set(json, 8);
  let offset = 8 + headerLength;
  for (const [name, given] of arrays) {
    for (const value of rowMajor(given)) {
      if (dtype === 'F16') view.setUint16(offset, toHalf(value, name), true);
      else view.setFloat32(offset, value, true);
      offset += bytesPerElement;
    }
  }
  return bytes;
}

const float = new Float32Array(1);
const floatBits = new Uint32Array(float.buffer);

/** IEEE 754 binary16, rounded to nearest with ties to even. */
function toHalf(value: number, name: string): number {
  float[0] = value;
  const bits = floatBits[0] as number;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = Math.abs(float[0]);
  if (Number.isNaN(magnitude)) return sign | 0x7e00;
  if (magnitude === Infinity) return sign | 0x7c00;
  if (magnitude >= 65520) throw new SpineError('invalid-argument', `"${name}" holds ${value}, too large for float16. Write it as F32.`);
  // Subnormal halves are multiples of 2⁻²⁴.
  if (magnitude < 2 ** -14) return sign | roundHalfEven(magnitude * 2 ** 24);
  const exponent = Math.floor(Math.log2(magnitude));
  const scale = magnitude < 2 ** exponent ? exponent - 1 : exponent;
  const fraction = roundHalfEven((magnitude / 2 ** scale - 1) * 1024);
  // A fraction rounded up to 1024 carries into the exponent.
  return sign | (((scale + 15) << 10) + fraction);
}

function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
