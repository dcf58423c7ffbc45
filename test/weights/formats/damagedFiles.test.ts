import fc from 'fast-check';
import { ready } from 'h5wasm';
import { describe, expect, it } from 'vitest';
import { ndarrayOf, isSpineError, readKerasH5, readKerasV3, readSafetensors, type NamedArrays } from 'spine-xray-ml';
import { readTfjsLayers, writeSafetensors } from 'spine-xray-ml/weights';
import { useTestBackend } from '../../support/backend.js';
import { weightFile } from '../../support/weightFiles.js';

useTestBackend();

/** What its types leave out. */
const h5wasm = async () =>
  (await ready) as unknown as { HEAPU8: Uint8Array; FS: { readdir(path: string): string[]; streams: unknown[] } };

type Read = (bytes: Uint8Array) => NamedArrays | Promise<NamedArrays>;

/** Bytes changed at a few positions, or an end cut off. */
const damage = (length: number) =>
  fc.oneof(
    { weight: 1, arbitrary: fc.nat(length - 1).map((cut) => (bytes: Uint8Array) => bytes.slice(0, cut)) },
    {
      weight: 4,
      arbitrary: fc
        .array(
          fc.record({
            position: fc.nat(length - 1),
            value: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 127, 128, 255)),
          }),
          { minLength: 1, maxLength: 6 },
        )
        .map((changes) => (bytes: Uint8Array) => {
          const changed = bytes.slice();
          for (const { position, value } of changes) changed[position] = value;
          return changed;
        }),
    },
  );

async function survives(
  read: Read,
  good: Uint8Array,
  spots: readonly number[] | undefined,
  numRuns: number,
): Promise<void> {
  const { size } = await read(good);
  await fc.assert(
    fc.asyncProperty(damage(spots?.length ?? good.length), async (change) => {
      // Changes apply to the spots: positions that are header, not numbers.
      let bytes = good;
      if (spots === undefined) bytes = change(good);
      else {
        const header = change(Uint8Array.from(spots, (spot) => good[spot]!));
        bytes = header.length < spots.length ? good.slice(0, spots[header.length]) : good.slice();
        if (header.length === spots.length) spots.forEach((spot, index) => (bytes[spot] = header[index]!));
      }
      try {
        await read(bytes);
      } catch (error) {
        if (!isSpineError(error, 'weights-format')) throw error;
      }
    }),
    { numRuns, seed: 1 },
  );
  expect((await read(good)).size).toBe(size);
}

/** Everything but long runs of zeros and the numbers themselves, which are most of a file. */
function headerOf(file: Uint8Array): number[] {
  return [...file.keys()].filter(
    (position) => file[position] !== 0 || file[position - 1] !== 0 || file[position + 1] !== 0,
  );
}

describe('a damaged file ends in a SpineError or is read, and the next file is read as ever', () => {
  it.each(['classes.full.h5', 'classes.weights.h5', 'classes.nameless.weights.h5', 'chunked.weights-only.h5'])(
    '%s',
    async (name) => {
      const good = weightFile(name);
      const library = await h5wasm();
      await survives(readKerasH5, good, headerOf(good), 400);
      // 16 MB beside what the library has from the start, and a few times the size of the file.
      expect(library.HEAPU8.length).toBeLessThan(48e6);
      expect(library.FS.readdir('/').filter((entry) => entry.includes('spine'))).toEqual([]);
      // Input, output and errors.
      expect(library.FS.streams.filter(Boolean)).toHaveLength(3);
    },
  );

  it.each(['classes.keras', 'classes.deflated.keras'])('%s', async (name) => {
    const good = weightFile(name);
    await survives(readKerasV3, good, name.includes('deflated') ? undefined : headerOf(good), 400);
    await survives(
      readKerasV3,
      good,
      Array.from({ length: 400 }, (_, index) => good.length - 400 + index),
      400,
    );
  });

  it('safetensors', async () => {
    const good = writeSafetensors(
      new Map([
        ['a/kernel', ndarrayOf(new Float32Array(12), [3, 4])],
        ['a/bias', ndarrayOf(new Float32Array(4), [4])],
      ]),
      { metadata: { from: 'test' } },
    );
    await survives(readSafetensors, good, undefined, 1000);
  });

  it('tfjs layers', async () => {
    const weights = [
      { name: 'a/kernel', shape: [3, 4], dtype: 'float32', quantization: { dtype: 'uint8', scale: 1, min: 0 } },
      { name: 'a/bias', shape: [4], dtype: 'float32' },
    ];
    const json = new TextEncoder().encode(
      JSON.stringify({ modelTopology: {}, weightsManifest: [{ paths: ['a.bin'], weights }] }),
    );
    const read: Read = (bytes) => {
      let modelJson: unknown;
      try {
        modelJson = JSON.parse(new TextDecoder().decode(bytes.subarray(0, json.length)));
      } catch {
        return new Map();
      }
      return readTfjsLayers({ modelJson, weightData: [bytes.subarray(json.length)] });
    };
    const good = new Uint8Array(json.length + 12 + 16);
    good.set(json);
    await survives(read, good, undefined, 1000);
  });
});

describe('known harm', () => {
  const damaged = (position: number, value: number) => {
    const bytes = weightFile('classes.full.h5');
    bytes[position] = value;
    return bytes;
  };

  it('a text heap whose sizes overflow, on which libhdf5 never ends', async () => {
    const good = weightFile('classes.full.h5');
    const text = new TextDecoder('latin1').decode(good);
    const heaps = [...text.matchAll(/GCOL/g)].map(({ index }) => index);
    expect(heaps.length).toBeGreaterThan(0);
    for (const heap of heaps) {
      // The high half of the size of the heap's first object.
      const failure = await readKerasH5(damaged(heap + 16 + 8 + 4, 128)).catch((error: unknown) => error);
      expect(isSpineError(failure, 'weights-format')).toBe(true);
    }
  });

  it('prints nothing, and keeps what libhdf5 said', async () => {
    const library = await h5wasm();
    const before = library.FS.streams.filter(Boolean).length;
    const failure = await readKerasH5(weightFile('classes.full.h5').slice(0, 30_000)).catch((error: unknown) => error);
    expect(isSpineError(failure, 'weights-format')).toBe(true);
    expect((failure as Error).message).toMatch(/^The Keras \.h5 file cannot be read: .*\(libhdf5: .*\)\.$/);
    expect(String((failure as { details: { libhdf5: unknown } }).details.libhdf5)).toMatch(/HDF5-DIAG/);
    expect(library.FS.streams.filter(Boolean)).toHaveLength(before);
  });

  it('a compressed data set that claims more than the file can hold is refused before it is allocated', async () => {
    const bytes = weightFile('classes.nameless.weights.h5');
    const view = new DataView(bytes.buffer);
    let found = 0;
    for (let position = 0; position + 32 <= bytes.length; position++) {
      // The extent of a kernel [3, 3, 3, 4], 10⁷ times as large.
      if (![3n, 3n, 3n, 4n].every((side, axis) => view.getBigUint64(position + 8 * axis, true) === side)) continue;
      view.setBigUint64(position, 30_000_000n, true);
      found++;
    }
    expect(found).toBeGreaterThan(0);
    const failure = await readKerasH5(bytes).catch((error: unknown) => error);
    expect(isSpineError(failure, 'weights-format')).toBe(true);
    expect((failure as Error).message).toMatch(/claims 4320000000 bytes/);
  });

  it('a header that claims to go on for gigabytes gets none', async () => {
    const library = await h5wasm();
    const bytes = weightFile('classes.weights.h5');
    // A continuation: type and size of the message, both 16, then where it lies and how long it is.
    const continuations = [...bytes.keys()].filter((position) =>
      [16, 0, 16, 0, 0, 0, 0, 0].every((byte, index) => bytes[position + index] === byte),
    );
    let refused = 0;
    for (const position of continuations) {
      const changed = bytes.slice();
      changed[position + 8 + 8 + 3] = 127;
      // Some belong to layers without weights, which nobody reads.
      const failure = await readKerasH5(changed).catch((error: unknown) => error);
      if (isSpineError(failure, 'weights-format')) refused++;
      expect(library.HEAPU8.length).toBeLessThan(48e6);
    }
    expect(refused).toBeGreaterThan(0);
    expect((await readKerasH5(bytes)).size).toBeGreaterThan(0);
  });
});
