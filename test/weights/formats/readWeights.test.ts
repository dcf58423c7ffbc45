import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { ndarrayOf, readKerasH5, readKerasV3, readSafetensors, readWeights } from 'spine-xray-ml';
import { readTorchCheckpoint, writeSafetensors } from 'spine-xray-ml/weights';
import { failure } from '../../node/temporary.js';

it('reads safetensors', async () => {
  const arrays = await readWeights(writeSafetensors(new Map([['a/kernel', ndarrayOf(Float32Array.of(1, 2), [2])]])));
  expect(Array.from(arrays.get('a/kernel')?.data ?? [])).toEqual([1, 2]);
});

it.each([
  ['an empty file', new Uint8Array(0)],
  ['text', new TextEncoder().encode('not at all a weight file')],
  ['a truncated mark of HDF5', Uint8Array.of(0x89, 0x48, 0x44)],
  ['a header longer than 4 GB', Uint8Array.of(1, 0, 0, 0, 1, 0, 0, 0, 0x7b)],
])('refuses %s', async (_, bytes) => {
  const error = await failure(readWeights(bytes));
  expect(error.code).toBe('weights-format');
  expect(error.message).toContain('This is not a weight file');
});

it.each([
  ['a gzipped file', gzipSync(new Uint8Array(100)), /compressed by gzip\. Unpack it first: gunzipSync/],
  [
    'a model.json alone',
    new TextEncoder().encode('\ufeff\n{"modelTopology": {}}'),
    /it is JSON\. .*readTfjsLayers\(folderHandler\(directory\)\)/,
  ],
  [
    'a pointer of Git LFS',
    new TextEncoder().encode('version https://git-lfs.github.com/spec/v1\noid'),
    /Git LFS\. .*git lfs pull/,
  ],
  ['a web page', new TextEncoder().encode('<!DOCTYPE html><html>'), /a web page/],
])('says of %s what it is, and what to do', async (_, bytes, message) => {
  const error = await failure(readWeights(bytes));
  expect(error.code).toBe('weights-format');
  expect(error.message).toMatch(message);
});

it('refuses a damaged file of a format it knows', async () => {
  const bytes = writeSafetensors(new Map([['a/kernel', ndarrayOf(Float32Array.of(1, 2), [2])]]));
  expect((await failure(readWeights(bytes.subarray(0, 20)))).code).toBe('weights-format');
});

it.each([
  ['readWeights', readWeights],
  ['readKerasH5', readKerasH5],
  ['readKerasV3', readKerasV3],
  ['readSafetensors', async (bytes: Uint8Array) => readSafetensors(bytes)],
  ['readTorchCheckpoint', async (bytes: Uint8Array) => readTorchCheckpoint(bytes)],
])('%s wants bytes, and says so', async (_, read) => {
  const file: unknown = 'weights.h5';
  const buffer: unknown = new ArrayBuffer(8);
  expect(await failure(read(file as Uint8Array))).toMatchObject({
    code: 'invalid-argument',
    message: expect.stringContaining('Read the file first') as string,
  });
  expect((await failure(read(buffer as Uint8Array))).message).toContain('new Uint8Array(buffer)');
});
