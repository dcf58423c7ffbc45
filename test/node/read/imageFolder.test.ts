import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Progress } from 'spine-xray-ml';
import { imageFiles, imageFolder, readImage, type SkippedFile } from 'spine-xray-ml/node';
import { failure, picture, useTemporaryFolder, valuesOf } from '../support.js';

const path = useTemporaryFolder();
const film = (value: number) => picture(new Uint8Array(12).fill(value), { width: 3, height: 4 }).png().toBuffer();

/** Writes films, each of one grey value, under a fresh folder `films`. */
async function films(values: Record<string, number>) {
  for (const [name, value] of Object.entries(values)) {
    const file = path('films', name);
    await mkdir(path('films', name, '..'), { recursive: true });
    await writeFile(file, await film(value));
  }
}

beforeEach(async () => {
  await rm(path('films'), { recursive: true, force: true });
  await mkdir(path('films'));
});

describe('imageFolder', () => {
  it('reads one folder per class, nested folders too, sorted by code unit', async () => {
    await films({ 'b/2.PNG': 1, 'b/10.jpeg': 2, 'b/study/1.png': 3, 'B/1.tif': 4, 'a/é.webp': 5, 'a/z.JPG': 6 });
    const dataset = await imageFolder(path('films'));
    expect(dataset.map(({ id, label }) => [id, label])).toEqual([
      ['B/1.tif', 'B'],
      ['a/z.JPG', 'a'],
      ['a/é.webp', 'a'],
      ['b/10.jpeg', 'b'],
      ['b/2.PNG', 'b'],
      ['b/study/1.png', 'b'],
    ]);
    expect(Object.keys(dataset[0]!).sort()).toEqual(['id', 'label', 'load']);
    // The ending does not matter to reading: these are all PNGs.
    expect(await Promise.all(dataset.map(async (sample) => (await sample.load()).get(0, 0, 0)))).toEqual([
      4, 6, 5, 2, 1, 3,
    ]);
  });

  it('passes over hidden files and other endings, and images beside the class folders', async () => {
    await films({ 'a/1.png': 1, 'a/.hidden.png': 2, '.cache/1.png': 3, 'preview.png': 4 });
    await writeFile(path('films/a/notes.txt'), 'x');
    await writeFile(path('films/a/1.png.bak'), 'x');
    expect((await imageFolder(path('films'))).map(({ id }) => id)).toEqual(['a/1.png']);
  });

  it('follows links to files and folders, but not in circles', async () => {
    await films({ 'a/1.png': 1 });
    await symlink(path('films/a'), path('films/b'));
    await symlink(path('films/a/1.png'), path('films/a/2.png'));
    await symlink(path('films'), path('films/a/loop'));
    await symlink(path('nowhere'), path('films/a/broken.png'));
    const ids = (await imageFolder(path('films'))).map(({ id }) => id);
    expect(ids.slice(0, 2)).toEqual(['a/1.png', 'a/2.png']);
    expect(ids).toContain('b/1.png');
    expect(ids.every((id) => id.length < 40)).toBe(true);
  });

  it('reads the named classes only', async () => {
    await films({ 'a/1.png': 1, 'b/1.png': 2, 'c/1.png': 3 });
    await mkdir(path('films/empty'));
    expect((await imageFolder(path('films'), { classes: ['c', 'a'] })).map(({ label }) => label)).toEqual(['a', 'c']);
    const error = await failure(imageFolder(path('films'), { classes: ['a', 'scoliosis'] }));
    expect(error).toMatchObject({
      code: 'unknown-label',
      details: { missing: ['scoliosis'], found: ['a', 'b', 'c', 'empty'] },
    });
    expect(error.message).toContain('no folder for scoliosis; it has a, b, c, empty');
    expect((await failure(imageFolder(path('films'), { classes: [] }))).code).toBe('invalid-argument');
  });

  it('says what an unusable folder lacks', async () => {
    expect(await failure(imageFolder(path('nowhere')))).toMatchObject({
      code: 'file-missing',
      message: `There is no folder ${path('nowhere')}.`,
    });
    const nothing = await failure(imageFolder(path('films')));
    expect(nothing.code).toBe('dataset-empty');
    expect(nothing.message).toContain('no class folder');

    await films({ '1.png': 1, '2.png': 2 });
    const loose = await failure(imageFolder(path('films')));
    expect(loose.code).toBe('dataset-empty');
    expect(loose.message).toContain('2 images but no class folder');
    expect(loose.message).toContain('imageFiles');

    await films({ 'a/1.png': 1 });
    await mkdir(path('films/normal/deep'), { recursive: true });
    const empty = await failure(imageFolder(path('films')));
    expect(empty).toMatchObject({ code: 'dataset-empty', details: { label: 'normal' } });
    expect(empty.message).toContain('class folder normal');
    expect((await failure(imageFolder(path('films/1.png')))).message).toContain('is a file');
  });
});

describe('imageFiles', () => {
  it('reads a folder and its subfolders without labels', async () => {
    await films({ 'b.png': 1, 'a/2.png': 2, 'a/b/3.png': 3 });
    const dataset = await imageFiles(path('films'));
    expect(dataset.map(({ id }) => id)).toEqual(['a/2.png', 'a/b/3.png', 'b.png']);
    expect(dataset.every((sample) => !('label' in sample))).toBe(true);
    expect(valuesOf(await dataset[0]!.load())).toEqual(valuesOf(await readImage(path('films/a/2.png'))));
  });

  it('an empty folder', async () => {
    expect((await failure(imageFiles(path('films')))).code).toBe('dataset-empty');
    expect((await failure(imageFiles(path('nowhere')))).code).toBe('file-missing');
  });
});

describe('bad files', () => {
  /** Three hundred films, one of them cut short. */
  const bad = 'scoliosis/scan-137.png';
  beforeEach(async () => {
    const bytes = await film(7);
    for (const label of ['normal', 'scoliosis']) await mkdir(path('films', label));
    for (let i = 0; i < 300; i++) {
      const name = `${i % 2 === 0 ? 'normal' : 'scoliosis'}/scan-${i}.png`;
      await writeFile(path('films', name), name === bad ? bytes.subarray(0, 50) : bytes);
    }
  });

  it("one in a folder of 300 names itself when it is read ('throw')", async () => {
    const dataset = await imageFolder(path('films'));
    expect(dataset).toHaveLength(300);
    const results = await Promise.allSettled(dataset.map((sample) => sample.load()));
    const failed = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as Error] : []));
    expect(failed).toHaveLength(1);
    expect(failed[0]).toMatchObject({ code: 'image-unreadable' });
    expect(failed[0]!.message).toContain(path('films', bad));
  });

  it("is left out and reported ('skip')", async () => {
    const skipped: SkippedFile[] = [];
    const progress: Progress[] = [];
    const dataset = await imageFolder(path('films'), {
      onError: 'skip',
      onSkip: (file) => skipped.push(file),
      onProgress: (step) => progress.push(step),
    });
    expect(dataset).toHaveLength(299);
    expect(skipped).toHaveLength(1);
    expect(skipped[0]).toMatchObject({ id: bad, file: path('films', bad), error: { code: 'image-unreadable' } });
    expect(progress.map(({ done }) => done)).toEqual(Array.from({ length: 300 }, (_, i) => i + 1));
    await Promise.all(dataset.map((sample) => sample.load()));
  });

  it('a class without one readable file is an error, not a smaller task', async () => {
    await rm(path('films/scoliosis'), { recursive: true });
    await mkdir(path('films/scoliosis'));
    await writeFile(path('films/scoliosis/1.png'), 'x');
    const error = await failure(imageFolder(path('films'), { onError: 'skip' }));
    expect(error.code).toBe('dataset-empty');
    expect(error.message).toContain('No file of the class scoliosis can be read');
  });

  it('aborts', async () => {
    const reason = new Error('enough');
    await expect(imageFolder(path('films'), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    const controller = new AbortController();
    let read = 0;
    const making = imageFolder(path('films'), {
      onError: 'skip',
      signal: controller.signal,
      onProgress: () => {
        if (++read === 10) controller.abort(reason);
      },
    });
    await expect(making).rejects.toBe(reason);
    expect(read).toBeLessThan(20);
    const dataset = await imageFolder(path('films'));
    await expect(dataset[0]!.load({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it.each([
    { onError: 'ignore' as 'skip' },
    { concurrency: 0 },
    { concurrency: 1.5 },
    { maxPixels: 0 },
    { maxPixels: NaN },
  ])('refuses %j', async (options) => {
    expect((await failure(imageFolder(path('films'), options))).code).toBe('invalid-argument');
    expect((await failure(imageFiles(path('films'), options))).code).toBe('invalid-argument');
  });
});

const radiographs = process.env['SPINE_XRAY_DATA'];
describe.skipIf(!radiographs)('real radiographs (set SPINE_XRAY_DATA to their folder)', () => {
  it('are read, class by class, grey ones in one channel', async () => {
    const dataset = await imageFolder(radiographs!);
    expect([...new Set(dataset.map(({ label }) => label))]).toEqual(['normal', 'scoliosis', 'spondylolisthesis']);
    const shapes = await Promise.all(dataset.map(async (sample) => (await sample.load()).shape));
    expect(shapes.every(([rows, columns]) => Math.max(rows!, columns!) <= 640)).toBe(true);
    expect(new Set(shapes.map((shape) => shape[2]))).toEqual(new Set([1, 3]));
  });
});
