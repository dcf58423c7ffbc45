import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ndarrayOf, type Image, type Sample } from 'spine-xray-ml';
import { exportedColumns, exportFolders, imageFiles, imageFolder, imageManifest } from 'spine-xray-ml/node';
import { createFileNames } from '../../../src/node/write/safeNames.js';
import { failure, useTemporaryFolder, valuesOf } from '../support.js';

const path = useTemporaryFolder();

const bytes = (seed: number, channels: 1 | 3) =>
  ndarrayOf(
    Uint8Array.from({ length: 20 * channels }, (_, i) => (i * 13 + seed) % 256),
    [4, 5, channels],
  );
const words = (seed: number, channels: 1 | 3) =>
  ndarrayOf(
    Uint16Array.from({ length: 20 * channels }, (_, i) => (i * 3001 + seed) % 65536),
    [4, 5, channels],
  );
const sampleOf = (id: string, image: Image, known: Omit<Sample, 'id' | 'load'> = {}): Sample => ({
  id,
  ...known,
  load: () => Promise.resolve(image),
});

describe('exportFolders', () => {
  const parts = {
    train: [
      sampleOf('normal/a.png', bytes(1, 1), { label: 'normal', group: 'p1', meta: { sex: 'F', age: 43, part: 'x' } }),
      sampleOf('normal/a.jpg', bytes(2, 3), { label: 'normal', group: 'p1' }),
      sampleOf('normal/A.png#1', words(3, 1), {
        label: 'normal',
        source: 'normal/a.png',
        meta: { note: 'says "hm", then; goes\non ' },
      }),
      sampleOf('x/y z', words(4, 3), { label: 'scoliosis / mild' }),
    ],
    test: [sampleOf('new film', bytes(5, 1)), sampleOf('normal/b.tiff', bytes(6, 1), { label: 'normal' })],
  };

  it('writes part/class/image.png and a manifest that gives the same samples and pixels', async () => {
    await exportFolders(parts, path('out/parts'));
    const files = (await imageFiles(path('out/parts'))).map(({ id }) => id);
    expect(files).toEqual([
      'test/_unlabelled/new film.png',
      'test/normal/b.png',
      'train/normal/A.png#1.png',
      'train/normal/a-2.png',
      'train/normal/a.png',
      'train/scoliosis _ mild/x_y z.png',
    ]);
    expect((await readdir(path('out'))).sort()).toEqual(['parts']);
    expect((await readFile(path('out/parts/manifest.csv'), 'utf8')).split('\n')[0]).toBe(
      'file,part,label,group,source,id,age,note,meta.part,sex',
    );

    const back = await imageManifest(path('out/parts/manifest.csv'), { columns: exportedColumns });
    const given = [...parts.train, ...parts.test];
    for (const [index, sample] of given.entries()) {
      const { load: _, meta, ...known } = sample;
      const { load: __, meta: backMeta, ...backKnown } = back[index]!;
      expect(backKnown).toEqual(known);
      const { part: ownPart, ...rest } = meta ?? {};
      expect(backMeta).toEqual({
        part: index < 4 ? 'train' : 'test',
        ...(ownPart !== undefined && { 'meta.part': ownPart }),
        ...rest,
      });
      const [image, written] = [await sample.load(), await back[index]!.load()];
      expect(written.shape).toEqual(image.shape);
      expect(written.data.constructor).toBe(image.data.constructor);
      expect(valuesOf(written)).toEqual(valuesOf(image));
    }
    expect((await imageFolder(path('out/parts/train'))).map(({ label }) => label)).toEqual([
      'normal',
      'normal',
      'normal',
      'scoliosis _ mild',
    ]);
  });

  it('writes strided views as they are seen, and reals in [0, 1] as bytes', async () => {
    const view = bytes(7, 3).transpose(1, 0, 2).step(-1, 1, 1);
    const reals = ndarrayOf(Float32Array.from([0, 0.2, 0.5, 1, 1.0000001, -1e-7]), [2, 3, 1]);
    await exportFolders({ all: [sampleOf('view', view), sampleOf('reals', reals)] }, path('views'));
    const [written, real] = await imageManifest(path('views/manifest.csv'), { columns: exportedColumns });
    expect((await written!.load()).shape).toEqual([5, 4, 3]);
    expect(valuesOf(await written!.load())).toEqual(valuesOf(view));
    expect(valuesOf(await real!.load())).toEqual([0, 51, 128, 255, 255, 0]);
  });

  it('fills an empty folder, and leaves a full one alone', async () => {
    await mkdir(path('empty'));
    await exportFolders(parts, path('empty'));
    expect(await readdir(path('empty'))).toContain('train');
    const error = await failure(exportFolders(parts, path('empty')));
    expect(error.code).toBe('write-failed');
    expect(error.message).toContain('is there already and holds 3 entries');
    await writeFile(path('file'), 'x');
    expect((await failure(exportFolders(parts, path('file')))).code).toBe('write-failed');
    expect((await failure(exportFolders(parts, path('file/below')))).code).toBe('write-failed');
  });

  it('counts the images written', async () => {
    const steps: string[] = [];
    await exportFolders(parts, path('counted'), {
      concurrency: 1,
      onProgress: ({ done, total }) => steps.push(`${done}/${total}`),
    });
    expect(steps).toEqual(['1/6', '2/6', '3/6', '4/6', '5/6', '6/6']);
  });

  it('leaves nothing behind when it is aborted or a sample fails', async () => {
    const before = await readdir(path());
    const reason = new Error('enough');
    const controller = new AbortController();
    const aborted = exportFolders(parts, path('new/aborted'), {
      signal: controller.signal,
      concurrency: 2,
      onProgress: () => controller.abort(reason),
    });
    await expect(aborted).rejects.toBe(reason);
    await expect(exportFolders(parts, path('new/aborted'), { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);

    const broken: Sample = { id: 'broken', load: () => Promise.reject(reason) };
    await expect(exportFolders({ train: [...parts.train, broken] }, path('new/failed'))).rejects.toBe(reason);

    const values = await failure(
      exportFolders(
        { train: [...parts.train, sampleOf('bright', ndarrayOf(new Float32Array([0.5, 3]), [1, 2, 1]))] },
        path('new/values'),
      ),
    );
    expect(values.code).toBe('image-values');
    expect(values.message).toContain('bright holds the value 3');
    const nan = await failure(
      exportFolders({ train: [sampleOf('nan', ndarrayOf(new Float32Array([NaN]), [1, 1, 1]))] }, path('new/nan')),
    );
    expect(nan.code).toBe('image-values');
    expect(
      (
        await failure(
          exportFolders({ train: [sampleOf('flat', ndarrayOf(new Uint8Array(4), [2, 2]))] }, path('new/shape')),
        )
      ).code,
    ).toBe('image-shape');
    expect(await readdir(path())).toEqual(before);
  });

  it.each([
    ['no part', {}, 'dataset-empty'],
    ['empty parts', { train: [], test: [] }, 'dataset-empty'],
    ['an id twice', { train: [sampleOf('a', bytes(1, 1)), sampleOf('a', bytes(1, 1))] }, 'duplicate-id'],
    ['an id in two parts', { train: [sampleOf('a', bytes(1, 1))], test: [sampleOf('a', bytes(1, 1))] }, 'duplicate-id'],
    ['a part name that is a path', { '../train': [sampleOf('a', bytes(1, 1))] }, 'invalid-argument'],
    ['a part name that is empty', { '': [sampleOf('a', bytes(1, 1))] }, 'invalid-argument'],
  ] as const)('refuses %s', async (_, bad, code) => {
    expect((await failure(exportFolders(bad, path('refused')))).code).toBe(code);
  });
});

describe('exportFolders and imageFolder', () => {
  it('keep films without a label without one, there and back', async () => {
    const film = sampleOf('normal/a.png', bytes(1, 1), { label: 'normal' });
    await exportFolders({ new: [sampleOf('x.png', bytes(2, 1)), film] }, path('new-films'));
    const back = await imageFolder(path('new-films/new'));
    expect(back.map(({ id, label }) => [id, label])).toEqual([
      ['_unlabelled/x.png', undefined],
      ['normal/a.png', 'normal'],
    ]);
    expect(back[0]).not.toHaveProperty('label');
    expect((await imageFolder(path('new-films/new'), { classes: ['normal'] })).map(({ label }) => label)).toEqual([
      'normal',
    ]);
    expect((await failure(imageFolder(path('new-films/new'), { classes: ['_unlabelled'] }))).code).toBe(
      'unknown-label',
    );
    await exportFolders({ again: back }, path('new-films-again'));
    expect((await imageFiles(path('new-films-again'))).map(({ id }) => id)).toEqual([
      'again/_unlabelled/x.png',
      'again/normal/a.png',
    ]);
  });

  it('take a part without samples, which gets no folder', async () => {
    await exportFolders(
      { train: [sampleOf('a', bytes(1, 1), { label: 'normal' })], validation: [], test: [] },
      path('two-empty'),
    );
    expect((await readdir(path('two-empty'))).sort()).toEqual(['manifest.csv', 'train']);
  });
});

describe('exportFolders with an impossible concurrency', () => {
  it.each([0, -1, 1.5, NaN])('refuses %d before anything is written', async (concurrency) => {
    const before = await readdir(path());
    const error = await failure(exportFolders({ all: [sampleOf('a', bytes(1, 1))] }, path('idle'), { concurrency }));
    expect(error.code).toBe('invalid-argument');
    expect(error.message).toContain('concurrency');
    expect(await readdir(path())).toEqual(before);
  });
});

describe('createFileNames', () => {
  it('ends no name in a dot or a space, also where it cuts', () => {
    for (const end of [' ', '.', '. .']) {
      expect(createFileNames()(`${'x'.repeat(57)}${end}${'y'.repeat(20)}`)).not.toMatch(/[.\s]$/);
      expect(createFileNames()(`${'x'.repeat(59)}${end}${'y'.repeat(20)}`)).toBe('x'.repeat(59));
    }
  });

  it('gives distinct names that are file names on every system', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string({ unit: 'binary' }),
            fc.constantFrom('a', 'A', 'a-2', 'con', 'NUL.txt', '..', '.', '', 'a/b', 'a\\b'),
          ),
          { maxLength: 20 },
        ),
        (texts) => {
          const name = createFileNames();
          const names = texts.map((text) => name(text, '.png'));
          expect(new Set(names.map((given) => given.toLowerCase())).size).toBe(texts.length);
          for (const given of names) {
            expect(given).toMatch(/^[^/\\<>:"|?*\p{Cc}]+\.png$/u);
            expect(given).not.toMatch(/^\.|^(con|nul)\./i);
            expect(Buffer.byteLength(given)).toBeLessThanOrEqual(255);
          }
        },
      ),
    );
  });
});
