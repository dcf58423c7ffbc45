import { mkdir, writeFile } from 'node:fs/promises';
import { beforeAll, expect, it, vi } from 'vitest';
import { ndarrayOf } from 'spine-xray-ml';
import { exportFolders, imageFiles, imageManifest, readImage } from 'spine-xray-ml/node';
import { failure, useTemporaryFolder } from './temporary.js';

vi.mock('sharp', () => {
  throw new Error('not installed');
});
vi.mock('csv-parse/sync', () => {
  throw new Error('not installed');
});

const path = useTemporaryFolder();
beforeAll(async () => {
  await mkdir(path('films'));
  await writeFile(path('films/film.png'), '\x89PNG\r\n\x1a\n', 'latin1');
  await writeFile(path('films/list.csv'), 'file,label\nfilm.png,normal\n');
});

it('without sharp, reading and writing images say what to install', async () => {
  const sample = { id: 'a', load: () => Promise.resolve(ndarrayOf(new Uint8Array(1), [1, 1, 1])) };
  for (const work of [readImage(path('films/film.png')), exportFolders({ all: [sample] }, path('out'))]) {
    const error = await failure(work);
    expect(error).toMatchObject({ code: 'dependency-missing', details: { package: 'sharp' } });
    expect(error.message).toContain('npm install sharp');
  }
});

it("is no bad file to be skipped: onError: 'skip' rejects too", async () => {
  expect((await failure(imageFiles(path('films'), { onError: 'skip' }))).code).toBe('dependency-missing');
});

it('without csv-parse, manifests say what to install', async () => {
  const error = await failure(imageManifest(path('films/list.csv')));
  expect(error).toMatchObject({ code: 'dependency-missing', details: { package: 'csv-parse' } });
  expect(error.message).toContain('npm install csv-parse');
});
