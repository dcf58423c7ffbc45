import { mkdir, readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { ndarrayOf, buildBackbone, loadWeights, readSafetensors } from 'spine-xray-ml';
import { exportWeights } from 'spine-xray-ml/weights';
import { writeWeights } from 'spine-xray-ml/node';
import { useTestBackend } from '../../support/backend.js';
import { failure, useTemporaryFolder } from '../temporary.js';

useTestBackend();
const path = useTemporaryFolder();
const build = (seed: number) =>
  buildBackbone('googlenet', { classes: 2, seed, width: 0.125, endBlock: 3, inputShape: [32, 32, 3] });

describe('writeWeights', () => {
  it('writes a model that loads into another', async () => {
    await writeWeights(path('deep/model.safetensors'), build(1), { metadata: { trained: 'never' } });
    const target = build(2);
    const weights = readSafetensors(await readFile(path('deep/model.safetensors')));
    expect(loadWeights(target, weights)).toMatchObject({ missing: [], unexpected: [] });
    const wanted = await exportWeights(build(1));
    for (const [name, { data }] of await exportWeights(target))
      expect(Array.from(data)).toEqual(Array.from(wanted.get(name)?.data ?? []));
    expect(await readdir(path('deep'))).toEqual(['model.safetensors']);
  });

  it('writes arrays, in half the size if asked to', async () => {
    const arrays = new Map([['a', ndarrayOf(Float32Array.of(0.1, 2), [2])]]);
    await writeWeights(path('half.safetensors'), arrays, { dtype: 'F16' });
    expect(readSafetensors(await readFile(path('half.safetensors'))).get('a')?.data[0]).toBeCloseTo(0.1, 4);
  });

  it('keeps the old file if it fails', async () => {
    const file = path('kept.safetensors');
    await writeWeights(file, new Map([['a', ndarrayOf(Float32Array.of(1), [1])]]));
    const tooLarge = new Map([['a', ndarrayOf(Float32Array.of(1e6), [1])]]);
    expect((await failure(writeWeights(file, tooLarge, { dtype: 'F16' }))).code).toBe('invalid-argument');
    expect(readSafetensors(await readFile(file)).get('a')?.data[0]).toBe(1);
    await mkdir(path('folder'));
    expect((await failure(writeWeights(path('folder'), tooLarge))).code).toBe('write-failed');
  });
});
