import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ndarrayOf, isSpineError, readSafetensors, SpineError } from 'spine-xray-ml';
import { writeSafetensors } from 'spine-xray-ml/weights';

/** A file as the format describes it: an 8-byte length, a JSON header, the data. */
function file(header: unknown, data: Uint8Array, headerLength?: number): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerLength ?? json.length), true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

const bytesOf = (values: ArrayBufferView) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
const valuesOf = (bytes: Uint8Array, name: string) => Array.from(readSafetensors(bytes).get(name)?.data ?? []);

describe('readSafetensors', () => {
  it('reads every element type', () => {
    const half = bytesOf(new Uint16Array([0x3c00, 0xc000, 0x0001, 0x7bff, 0x8000, 0x7c00]));
    const f16 = file({ a: { dtype: 'F16', shape: [2, 3], data_offsets: [0, 12] } }, half);
    expect(valuesOf(f16, 'a')).toEqual([1, -2, 2 ** -24, 65504, -0, Infinity]);
    expect(readSafetensors(f16).get('a')?.shape).toEqual([2, 3]);
    const brain = bytesOf(new Uint16Array([0x3f80, 0xc000, 0x4049]));
    expect(valuesOf(file({ a: { dtype: 'BF16', shape: [3], data_offsets: [0, 6] } }, brain), 'a')).toEqual([
      1, -2, 3.140625,
    ]);
    const f32 = bytesOf(new Float32Array([1.5, -2.25]));
    expect(valuesOf(file({ a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] } }, f32), 'a')).toEqual([1.5, -2.25]);
    const f64 = bytesOf(new Float64Array([Math.PI]));
    expect(valuesOf(file({ a: { dtype: 'F64', shape: [], data_offsets: [0, 8] } }, f64), 'a')).toEqual([Math.PI]);
  });

  it('reads integers and booleans as float64', () => {
    const typed = {
      I64: new BigInt64Array([-7n, 2n ** 53n - 1n]),
      U64: new BigUint64Array([7n, 2n ** 53n - 1n]),
      I32: new Int32Array([-(2 ** 31), 5]),
      U32: new Uint32Array([2 ** 32 - 1, 5]),
      I16: new Int16Array([-32768, 5]),
      U16: new Uint16Array([65535, 5]),
      I8: new Int8Array([-128, 5]),
      U8: new Uint8Array([255, 5]),
    };
    for (const [dtype, values] of Object.entries(typed)) {
      const bytes = file(
        {
          pad: { dtype: 'U8', shape: [1], data_offsets: [0, 1] },
          a: { dtype, shape: [2], data_offsets: [1, 1 + values.byteLength] },
        },
        new Uint8Array([1, ...bytesOf(values)]),
      );
      expect(readSafetensors(bytes).get('a')?.data).toEqual(Float64Array.from(values, Number));
    }
    expect(
      valuesOf(file({ a: { dtype: 'BOOL', shape: [3], data_offsets: [0, 3] } }, new Uint8Array([0, 1, 1])), 'a'),
    ).toEqual([0, 1, 1]);
  });

  it('refuses integers that a number cannot hold', () => {
    const bytes = file(
      { steps: { dtype: 'I64', shape: [], data_offsets: [0, 8] } },
      bytesOf(new BigInt64Array([2n ** 53n])),
    );
    expect(() => readSafetensors(bytes)).toThrow(/tensor "steps" holds 9007199254740992/);
  });

  it('reads unaligned numbers from a Buffer, which slices otherwise than a Uint8Array', () => {
    const bytes = file('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}} ', bytesOf(new Float32Array([7])));
    const shifted = Buffer.concat([new Uint8Array(3), bytes, new Uint8Array(2)]).subarray(3, -2);
    expect(valuesOf(shifted, 'a')).toEqual([7]);
  });

  it('shares the memory of aligned numbers', () => {
    const bytes = writeSafetensors(new Map([['a', ndarrayOf(new Float32Array([1, 2]), [2])]]));
    expect(readSafetensors(bytes).get('a')?.data.buffer).toBe(bytes.buffer);
  });

  it('reads at any alignment, ignores metadata, keeps the order of names', () => {
    const header = {
      __metadata__: { by: 'hand' },
      z: { dtype: 'F32', shape: [1], data_offsets: [0, 4] },
      a: { dtype: 'F32', shape: [0, 7], data_offsets: [4, 4] },
    };
    for (const spaces of [0, 1, 2, 3]) {
      const bytes = file(JSON.stringify(header) + ' '.repeat(spaces), bytesOf(new Float32Array([7])));
      expect([...readSafetensors(bytes).keys()]).toEqual(['z', 'a']);
      expect(valuesOf(bytes, 'z')).toEqual([7]);
    }
  });

  const entry = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
  const data = new Uint8Array(8);
  it.each([
    ['an empty file', new Uint8Array(0)],
    ['seven bytes', new Uint8Array(7)],
    ['a header longer than the file', file({ a: entry }, data, 5000)],
    ['a header of 2⁶³ bytes', file({ a: entry }, data, 2 ** 62)],
    ['a header that is no JSON', file('{"a":', data)],
    ['a header that is an array', file('[]', data)],
    ['a truncated file', file({ a: entry }, data.subarray(0, 5))],
    ['trailing bytes', file({ a: entry }, new Uint8Array(9))],
    ['an unknown type', file({ a: { ...entry, dtype: 'F8_E4M3' } }, data)],
    ['a type named like an object method', file({ a: { ...entry, dtype: 'toString' } }, data)],
    ['a shape that disagrees', file({ a: { ...entry, shape: [3] } }, data)],
    ['a negative side', file({ a: { ...entry, shape: [-2] } }, data)],
    ['a hundred axes', file({ a: { ...entry, shape: [2, ...Array.from({ length: 99 }, () => 1)] } }, data)],
    ['a shape that overflows', file({ a: { ...entry, shape: [2 ** 40, 2 ** 40] } }, data)],
    ['overlapping tensors', file({ a: entry, b: entry }, data)],
    ['a gap', file({ a: { ...entry, data_offsets: [4, 12] } }, new Uint8Array(12))],
    ['no offsets', file({ a: { dtype: 'F32', shape: [2] } }, data)],
    ['null for a tensor', file({ a: null }, data)],
  ])('refuses %s', (_, bytes) => {
    try {
      readSafetensors(bytes);
      expect.unreachable();
    } catch (error) {
      expect(isSpineError(error, 'weights-format')).toBe(true);
    }
  });

  it('never does worse than a SpineError with a header cut or flipped anywhere', () => {
    const good = writeSafetensors(
      new Map([
        ['layer/kernel', ndarrayOf(new Float32Array(12), [3, 4])],
        ['layer/bias', ndarrayOf(new Float32Array(4), [4])],
      ]),
    );
    const headerLength = 8 + Number(new DataView(good.buffer).getBigUint64(0, true));
    fc.assert(
      fc.property(fc.nat(headerLength - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (position, flip, cut) => {
        const bytes = cut ? good.slice(0, position) : good.slice();
        if (!cut) bytes[position] = bytes[position]! ^ flip;
        try {
          readSafetensors(bytes);
          // A flip may give another valid header, such as one with another name; a cut never does.
          expect(cut).toBe(false);
        } catch (error) {
          if (!(error instanceof SpineError)) throw error;
          expect(error.code).toBe('weights-format');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('writeSafetensors', () => {
  it('is read back: float32 exactly, float16 to its rounding', () => {
    fc.assert(
      fc.property(fc.array(fc.float({ noNaN: true, min: -65000, max: 65000 }), { maxLength: 20 }), (values) => {
        const arrays = new Map([['a', ndarrayOf(Float32Array.from(values), [values.length])]]);
        expect(valuesOf(writeSafetensors(arrays), 'a')).toEqual(values);
        const halves = valuesOf(writeSafetensors(arrays, { dtype: 'F16' }), 'a');
        values.forEach((value, index) =>
          expect(Math.abs(halves[index]! - value)).toBeLessThanOrEqual(Math.max(2 ** -25, Math.abs(value) * 2 ** -11)),
        );
      }),
    );
  });

  it('leaves every float16 as it is', () => {
    const bits = Uint16Array.from({ length: 0x7c00 }, (_, index) => index);
    const values = readSafetensors(
      file({ a: { dtype: 'F16', shape: [0x7c00], data_offsets: [0, 2 * 0x7c00] } }, bytesOf(bits)),
    );
    const written = writeSafetensors(values, { dtype: 'F16', metadata: { from: 'test' } });
    expect(new Uint16Array(written.slice(written.length - 2 * 0x7c00).buffer)).toEqual(bits);
  });

  it('rounds to float16 as numpy does: ties to even, subnormals, into the next exponent', () => {
    const wanted: readonly (readonly [value: number, half: number])[] = [
      [1 + 2 ** -11, 0x3c00],
      [1 + 3 * 2 ** -11, 0x3c02],
      [1 + 2 ** -11 + 2 ** -20, 0x3c01],
      [2 - 2 ** -12, 0x4000],
      [2 ** -25, 0x0000],
      [3 * 2 ** -25, 0x0002],
      [2 ** -25 + 2 ** -40, 0x0001],
      [2 ** -14 - 2 ** -26, 0x0400],
      [2 ** -130, 0x0000],
      [-65519, 0xfbff],
      [-Infinity, 0xfc00],
      [NaN, 0x7e00],
    ];
    const written = writeSafetensors(
      new Map([
        [
          'a',
          ndarrayOf(
            Float32Array.from(wanted, ([value]) => value),
            [wanted.length],
          ),
        ],
      ]),
      { dtype: 'F16' },
    );
    expect(Array.from(new Uint16Array(written.slice(-2 * wanted.length).buffer))).toEqual(
      wanted.map(([, half]) => half),
    );
  });

  it('refuses what float16 cannot hold', () => {
    expect(() =>
      writeSafetensors(new Map([['a', ndarrayOf(new Float32Array([70000]), [1])]]), { dtype: 'F16' }),
    ).toThrow(/too large for float16/);
    expect(() =>
      writeSafetensors(new Map([['a', ndarrayOf(new Float64Array([65520]), [1])]]), { dtype: 'F16' }),
    ).toThrow(/"a" holds 65520/);
  });
});

describe('writeSafetensors, of what the format does not have', () => {
  const arrays = new Map([['a/kernel', ndarrayOf(Float32Array.of(1, 2), [2])]]);
  it.each([
    ['another type', () => writeSafetensors(arrays, { dtype: 'I32' as 'F32' }), /dtype must be/],
    [
      'the name of the metadata',
      () => writeSafetensors(new Map([['__metadata__', ndarrayOf(Float32Array.of(1), [1])]])),
      /can be called/,
    ],
    [
      'metadata that are not text',
      () => writeSafetensors(arrays, { metadata: { seed: 1 as unknown as string } }),
      /"seed" is not text/,
    ],
  ])('refuses %s', (_, write, message) => {
    expect(write).toThrow(SpineError);
    expect(write).toThrow(message);
  });
});
