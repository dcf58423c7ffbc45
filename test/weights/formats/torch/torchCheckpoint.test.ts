import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { isSpineError, readSafetensors, SpineError, type NamedArrays } from 'spine-xray-ml';
import { readTorchCheckpoint } from 'spine-xray-ml/weights';
import { rowMajor } from '../../../../src/ndarray.js';

const read = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../golden/torch_files/${name}`, import.meta.url)));

type Described = Readonly<Record<string, { readonly shape: readonly number[]; readonly values: readonly number[] }>>;
const golden = JSON.parse(new TextDecoder().decode(read('files.json'))) as {
  readonly weights: Described;
  readonly types: Described;
};
const describeArrays = (arrays: NamedArrays): Described =>
  Object.fromEntries(
    [...arrays].map(([name, values]) => [name, { shape: values.shape, values: Array.from(rowMajor(values)) }]),
  );

function failure(bytes: Uint8Array): string {
  try {
    readTorchCheckpoint(bytes);
  } catch (error) {
    if (isSpineError(error, 'weights-format')) return error.message;
    throw error;
  }
  return expect.unreachable();
}

const text = (value: string) => new TextEncoder().encode(value);
const join = (...parts: readonly (string | Uint8Array | readonly number[])[]) =>
  Uint8Array.from(parts.flatMap((part) => [...(typeof part === 'string' ? text(part) : part)]));

/** A zip checkpoint around a pickle that is written by hand. */
const zipAround = (pickle: Uint8Array, files: Readonly<Record<string, Uint8Array>> = {}, level: 0 | 6 = 0) =>
  zipSync({ 'archive/data.pkl': join([0x80, 2], pickle, '.'), ...files }, { level });

const legacyStart = read('types_legacy.pth').subarray(0, 137);

describe('readTorchCheckpoint', () => {
  it.each(['network.pth', 'network_legacy.pth', 'training.pth'])('reads the state dict in %s', (name) => {
    expect(describeArrays(readTorchCheckpoint(read(name)))).toEqual(golden.weights);
  });

  it('gives what the safetensors file of the same network gives', () => {
    expect(describeArrays(readSafetensors(read('network.safetensors')))).toEqual(golden.weights);
  });

  it.each(['types.pth', 'types_legacy.pth'])('reads every element type and any strides in %s', (name) => {
    const arrays = readTorchCheckpoint(read(name));
    expect(describeArrays(arrays)).toEqual(golden.types);
    expect(arrays.get('half')?.data).toBeInstanceOf(Float32Array);
    expect(arrays.get('int')?.data).toBeInstanceOf(Float64Array);
    expect(arrays.get('transposed')?.data).toBe(arrays.get('whole')?.data);
  });

  it('reads from the middle of a buffer', () => {
    for (const name of ['network.pth', 'network_legacy.pth']) {
      const shifted = Buffer.concat([new Uint8Array(3), read(name), new Uint8Array(2)]).subarray(3, -2);
      expect(describeArrays(readTorchCheckpoint(shifted))).toEqual(golden.weights);
    }
  });

  it('runs nothing that a pickle names, and says what it refused', () => {
    const attack = join('cos\nsystem\n', 'X', [4, 0, 0, 0], 'echo', [0x85], 'R');
    expect(failure(zipAround(attack))).toContain('os.system');
    expect(failure(join(legacyStart, [0x80, 2], attack, '.'))).toContain('os.system');
    expect(failure(zipAround(join([0x8c, 8], 'builtins', [0x8c, 4], 'eval', [0x93])))).toContain('builtins.eval');
    expect(failure(zipAround(text('ctorch\ntoString\n')))).toContain('torch.toString');
    expect(failure(zipAround(join('}', ')', [0x81])))).toContain('opcode 0x81');
  });

  it.each([
    ['nothing', new Uint8Array(0), /neither a zip file/],
    ['an image', text('\x89PNG not a checkpoint at all'), /neither a zip file/],
    ['a pickle of something else', join([0x80, 2], 'K', [7], '.'), /neither a zip file/],
    ['a zip file of something else', zipSync({ 'a.txt': text('a') }, { level: 0 }), /0 entries data\.pkl/],
    [
      'a compressed zip file',
      zipAround(join('}', [0x95], new Uint8Array(8)), { 'archive/data/0': new Uint8Array(1000) }, 6),
      /is compressed/,
    ],
    ['no dict', zipAround(text('N')), /holds no state dict/],
    ['a dict without tensors', zipAround(text('}')), /holds no tensor/],
    ['a big-endian zip file', zipAround(text('}'), { 'archive/byteorder': text('big') }), /big-endian/],
    ['a big-endian sequence', legacyStart.map((byte) => (byte === 0x88 ? 0x89 : byte)), /big-endian/],
    [
      'another protocol version',
      legacyStart.map((byte, at) => (at === 18 ? byte ^ 1 : byte)),
      /unknown protocol version/,
    ],
  ])('refuses %s', (_, bytes, message) => {
    expect(failure(bytes)).toMatch(message);
  });

  it('refuses a tensor that reaches beyond its storage, or repeats it', () => {
    const tensor = (offset: number, side: number, stride: number) =>
      zipAround(
        join(
          '}',
          'X',
          [1, 0, 0, 0],
          'a',
          'ctorch._utils\n_rebuild_tensor_v2\n',
          '(',
          '(',
          'X',
          [7, 0, 0, 0],
          'storage',
          'ctorch\nFloatStorage\n',
          'X',
          [1, 0, 0, 0],
          '0',
          'X',
          [3, 0, 0, 0],
          'cpu',
          'K',
          [4],
          't',
          'Q',
          'K',
          [offset],
          'J',
          new Uint8Array(new Int32Array([side]).buffer),
          [0x85],
          'K',
          [stride],
          [0x85],
          [0x89],
          '}',
          't',
          'R',
          's',
        ),
        { 'archive/data/0': new Uint8Array(new Float32Array([1, 2, 3, 4]).buffer) },
      );
    expect(describeArrays(readTorchCheckpoint(tensor(1, 2, 2)))).toEqual({ a: { shape: [2], values: [2, 4] } });
    for (const bytes of [tensor(1, 4, 1), tensor(0, 2, 4), tensor(4, 1, 1), tensor(0, 2 ** 31 - 1, 0)])
      expect(failure(bytes)).toMatch(/exceeds its storage/);
    expect(failure(tensor(0, -1, 1))).toMatch(/other than storage, offset, size/);
  });

  const survives = (bytes: Uint8Array): boolean => {
    try {
      readTorchCheckpoint(bytes);
      return true;
    } catch (error) {
      if (!(error instanceof SpineError)) throw error;
      expect(error.code).toBe('weights-format');
      return false;
    }
  };

  it.each(['network.pth', 'network_legacy.pth'])(
    'never does worse than a SpineError with %s cut or flipped',
    (name) => {
      const good = read(name);
      expect(survives(good)).toBe(true);
      fc.assert(
        fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (position, flip) => {
          survives(good.map((byte, at) => (at === position ? byte ^ flip : byte)));
          expect(survives(good.slice(0, position))).toBe(false);
        }),
        { numRuns: 1500 },
      );
    },
  );

  it('gives up on a zip file that claims more entries than it has', () => {
    const good = read('network.pth');
    // The directory's end holds the number of entries at byte 10.
    const end = good.findLastIndex(
      (_, at) => good[at] === 0x50 && good[at + 1] === 0x4b && good[at + 2] === 5 && good[at + 3] === 6,
    );
    const bytes = good.map((byte, at) => (at === end + 11 ? 0x7f : byte));
    expect(failure(bytes)).toMatch(/directory is damaged/);
  });
});
