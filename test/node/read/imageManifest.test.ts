import { mkdir, writeFile } from 'node:fs/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { imageManifest, type ImageManifestOptions, type SkippedFile } from 'spine-xray-ml/node';
import { failure, picture, useTemporaryFolder } from '../support.js';

const path = useTemporaryFolder();
beforeAll(async () => {
  await mkdir(path('films/sub'), { recursive: true });
  for (const [name, value] of Object.entries({ 'a.png': 1, 'b.png': 2, 'sub/c.png': 3, 'with, comma.png': 4 })) {
    await picture(new Uint8Array(6).fill(value), { width: 3, height: 2 }).png().toFile(path('films', name));
  }
});

/** A manifest of this text beside the films. */
async function manifest(text: string | Uint8Array, options?: ImageManifestOptions) {
  await writeFile(path('films/list.csv'), text);
  return imageManifest(path('films/list.csv'), options);
}

describe('imageManifest', () => {
  it('takes columns whose names are inherited, or from getters', async () => {
    class Columns {
      get label() {
        return 'finding';
      }
    }
    const columns = Object.create(new Columns(), { file: { value: 'image' } }) as NonNullable<
      ImageManifestOptions['columns']
    >;
    const dataset = await manifest('finding,image,label\nnormal,b.png,x\n', { columns });
    expect(dataset.map(({ load: _, ...known }) => known)).toEqual([
      { id: 'b.png', label: 'normal', meta: { label: 'x' } },
    ]);
  });

  it('gives id, label, group and meta in the order of the rows', async () => {
    const dataset = await manifest(
      'label,file,group,sex,age,cobbAngle,code,uid\n' +
        'normal,b.png,p1,F,43,-1.50,007,12345678901234567890\n' +
        'scoliosis,sub/c.png,p2,,1e2,0,1.2.3,\n' +
        ',./a.png,,M,,.5,0x10,1.\n',
    );
    expect(dataset.map(({ load: _, ...known }) => known)).toEqual([
      {
        id: 'b.png',
        label: 'normal',
        group: 'p1',
        meta: { sex: 'F', age: 43, cobbAngle: -1.5, code: '007', uid: '12345678901234567890' },
      },
      { id: 'sub/c.png', label: 'scoliosis', group: 'p2', meta: { age: 100, cobbAngle: 0, code: '1.2.3' } },
      { id: 'a.png', meta: { sex: 'M', cobbAngle: '.5', code: '0x10', uid: '1.' } },
    ]);
    expect((await dataset[1]!.load()).get(0, 0, 0)).toBe(3);
  });

  it.each([
    ['commas', 'file,label\na.png,normal\nb.png,sick\n'],
    ['semicolons', 'file;label\na.png;normal\nb.png;sick\n'],
    ['tabs', 'file\tlabel\na.png\tnormal\nb.png\tsick\n'],
    ['semicolons and quoted commas', '"file";"label";"x, y, z"\na.png;normal;"1,5"\nb.png;sick;\n'],
    ['Windows line ends and a byte order mark', '\ufefffile,label\r\na.png,normal\r\nb.png,sick\r\n'],
    ['old Mac line ends', 'file,label\ra.png,normal\rb.png,sick\r'],
    ['spaces, blank lines, no line end', ' file , label \n\na.png , normal\n\n b.png,sick'],
    ['quotes', '"file","label"\n"a.png","normal"\n"b.png","sick"\n'],
    ['trailing commas', 'file,label,,\na.png,normal,,\nb.png,sick,,\n'],
    ['UTF-16', Buffer.from('\ufefffile;label\r\na.png;normal\r\nb.png;sick\r\n', 'utf16le')],
  ])('understands %s', async (_, text) => {
    expect((await manifest(text)).map(({ id, label }) => [id, label])).toEqual([
      ['a.png', 'normal'],
      ['b.png', 'sick'],
    ]);
  });

  it('keeps quoted commas, quotes and line breaks', async () => {
    const [sample] = await manifest('file,label,note\n"with, comma.png",normal,"says ""hm"",\nthen goes"\n');
    expect(sample).toMatchObject({ id: 'with, comma.png', meta: { note: 'says "hm",\nthen goes' } });
    expect((await sample!.load()).get(0, 0, 0)).toBe(4);
  });

  it('maps columns, and takes root, absolute paths and backslashes', async () => {
    await writeFile(
      path('elsewhere.csv'),
      `name,image,finding,patient,made from\nfirst,sub\\c.png,normal,p1,x\nsecond,${path('films/a.png')},sick,p2,\n`,
    );
    const dataset = await imageManifest(path('elsewhere.csv'), {
      root: path('films'),
      columns: { file: 'image', label: 'finding', group: 'patient', id: 'name', source: 'made from' },
    });
    expect(dataset.map(({ load: _, ...known }) => known)).toEqual([
      { id: 'first', label: 'normal', group: 'p1', source: 'x' },
      { id: 'second', label: 'sick', group: 'p2' },
    ]);
    expect((await dataset[0]!.load()).get(0, 0, 0)).toBe(3);
    expect((await dataset[1]!.load()).get(0, 0, 0)).toBe(1);
  });

  it('a list of new films needs no column of labels', async () => {
    const dataset = await manifest('file,sex\na.png,F\nb.png,M\n');
    expect(dataset.map(({ load: _, ...known }) => known)).toEqual([
      { id: 'a.png', meta: { sex: 'F' } },
      { id: 'b.png', meta: { sex: 'M' } },
    ]);
  });

  it('a column that is named undefined has its default', async () => {
    const [sample] = await manifest('file,label,group\na.png,normal,p1\n', {
      columns: { file: undefined, label: undefined, id: undefined } as object,
    });
    expect(sample).toMatchObject({ id: 'a.png', label: 'normal', group: 'p1' });
  });

  it('columns named id and source are meta unless asked for', async () => {
    const [sample] = await manifest('file,label,id,source\na.png,normal,17,clinic\n');
    expect(sample).toMatchObject({ id: 'a.png', meta: { id: 17, source: 'clinic' } });
    expect(sample).not.toHaveProperty('source');
  });
});

describe('bad input', () => {
  const broken = async (text: string | Uint8Array, options?: ImageManifestOptions) => failure(manifest(text, options));

  it('a manifest that is not there', async () => {
    expect(await failure(imageManifest(path('nowhere.csv')))).toMatchObject({ code: 'file-missing' });
    expect(await failure(imageManifest(path('films')))).toMatchObject({ code: 'manifest-invalid' });
  });

  it('a missing column', async () => {
    const error = await broken('image,label,sex\na.png,normal,F\n');
    expect(error).toMatchObject({
      code: 'manifest-invalid',
      details: { missing: ['file'], found: ['image', 'label', 'sex'] },
    });
    expect(error.message).toContain('no column file; its columns are image, label, sex');
    expect((await broken('file,label\na.png,x\n', { columns: { group: 'patient' } })).message).toContain(
      'no column patient',
    );
    expect((await broken('file\na.png\n', { columns: { label: 'label' } })).message).toContain('no column label');
  });

  it('files that are not there, all before any work', async () => {
    const one = await broken('file,label\na.png,normal\nmissing.png,normal\n');
    expect(one.code).toBe('file-missing');
    expect(one.message).toContain('names 1 file that is not there');
    expect(one.message).toContain(`row 3: ${path('films/missing.png')}`);
    const rows = Array.from({ length: 9 }, (_, i) => `gone-${i}.png,normal\n`).join('');
    const many = await broken(`file,label\na.png,normal\n${rows}`);
    expect(many.message).toContain('9 files');
    expect(many.message).toContain('gone-4.png; and 4 more');
    expect(many.message).not.toContain('gone-5.png');
    expect(many.details['missing']).toHaveLength(9);
    expect((await broken('file,label\nsub,normal\n')).code).toBe('file-missing');
  });

  it("'skip' leaves missing and unreadable files out", async () => {
    await writeFile(path('films/damaged.png'), 'x');
    const skipped: SkippedFile[] = [];
    const dataset = await manifest('file,label\nmissing.png,normal\na.png,normal\ndamaged.png,normal\n', {
      onError: 'skip',
      onSkip: (file) => skipped.push(file),
    });
    expect(dataset.map(({ id }) => id)).toEqual(['a.png']);
    expect(skipped.map(({ id, error }) => [id, error.code])).toEqual([
      ['missing.png', 'file-missing'],
      ['damaged.png', 'image-unreadable'],
    ]);
  });

  it('the same file or id twice', async () => {
    const file = await broken('file,label\na.png,normal\nb.png,normal\n./sub/../a.png,normal\n');
    expect(file).toMatchObject({ code: 'duplicate-id', details: { rows: [2, 4] } });
    const id = await broken('file,label,name\na.png,normal,x\nb.png,normal,x\n', { columns: { id: 'name' } });
    expect(id.message).toContain('Rows 2 and 3');
  });

  it('a path that leaves root, and no path', async () => {
    const error = await broken('file,label\n../elsewhere.csv,normal\n');
    expect(error).toMatchObject({ code: 'manifest-invalid', details: { row: 2 } });
    expect(error.message).toContain('leads out of');
    expect((await broken('file,label\nsub/../../x.png,normal\n')).code).toBe('manifest-invalid');
    expect((await broken('file,label\na.png,normal\n,normal\n')).message).toContain('Row 3');
  });

  it('a label outside the classes', async () => {
    const error = await broken('file,label\na.png,normal\nb.png,scolioses\n', { classes: ['normal', 'scoliosis'] });
    expect(error).toMatchObject({ code: 'unknown-label', details: { row: 3, label: 'scolioses' } });
  });

  it.each([
    ['nothing', '', 'is empty'],
    ['a ragged row', 'file,label\na.png\n', 'CSV'],
    ['an open quote', 'file,label\n"a.png,normal\n', 'CSV'],
    ['a column twice', 'file,label,file\na.png,normal,b.png\n', 'two columns named file'],
    ['other bytes', new Uint8Array([0x66, 0xe9, 0x0a, 0xff, 0xfe]), 'UTF-8'],
  ])('%s', async (_, text, reason) => {
    const error = await broken(text);
    expect(error.code).toBe('manifest-invalid');
    expect(error.message).toContain(reason);
    expect(error.message).toContain(path('films/list.csv'));
  });

  it('a header without a row', async () => {
    expect((await broken('file,label\n')).code).toBe('dataset-empty');
  });

  it('aborts', async () => {
    const reason = new Error('enough');
    await expect(manifest('file,label\na.png,normal\n', { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
