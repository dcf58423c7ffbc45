import { mkdir, readdir, readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { writeFileAtomic } from 'spine-xray-ml/node';
import { failure, useTemporaryFolder } from '../support.js';

const path = useTemporaryFolder();

it('writes text and bytes, makes folders, replaces what was there', async () => {
  await writeFileAtomic(path('new/deep/metrics.json'), '{"accuracy": "97 %, é"}');
  await writeFileAtomic(pathToFileURL(path('new/deep/metrics.json')), new Uint8Array([1, 2, 3]));
  await writeFileAtomic(path('new/deep/text'), 'é');
  expect([...(await readFile(path('new/deep/metrics.json')))]).toEqual([1, 2, 3]);
  expect(await readFile(path('new/deep/text'), 'utf8')).toBe('é');
  expect((await readdir(path('new/deep'))).sort()).toEqual(['metrics.json', 'text']);
});

it('says what could not be written, and leaves nothing', async () => {
  await mkdir(path('taken/full'), { recursive: true });
  const error = await failure(writeFileAtomic(path('taken/full'), 'x'));
  expect(error.code).toBe('write-failed');
  expect(error.message).toContain(path('taken/full'));
  expect(await readdir(path('taken'))).toEqual(['full']);
});
