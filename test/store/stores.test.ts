import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { indexedDBStore, memoryStore, type ByteStore } from 'spine-xray-ml';
import { folderStore } from 'spine-xray-ml/node';
import { failure, useTemporaryFolder } from '../node/support.js';

const path = useTemporaryFolder();

const kinds: [string, () => ByteStore][] = [
  ['memoryStore', memoryStore],
  ['folderStore', () => folderStore(path(randomUUID()))],
];

describe.each(kinds)('%s', (_, create) => {
  it('gives back what was written last, whatever was written and removed', async () => {
    const name = fc.constantFrom('a', 'b.c', '-d_1');
    const action = fc.record({ name, bytes: fc.option(fc.uint8Array({ maxLength: 40 })), durable: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 12 }), async (actions) => {
        const store = create();
        const expected = new Map<string, Uint8Array>();
        for (const { name: entry, bytes, durable } of actions) {
          if (bytes) {
            await store.write(entry, bytes, { durable });
            expected.set(entry, bytes);
          } else {
            await store.remove(entry);
            expected.delete(entry);
          }
        }
        expect([...(await store.list())].sort()).toEqual([...expected.keys()].sort());
        for (const entry of ['a', 'b.c', '-d_1']) expect(await store.read(entry)).toEqual(expected.get(entry));
      }),
      { numRuns: 25 },
    );
  });

  it('keeps bytes of its own', async () => {
    const store = create();
    const bytes = new Uint8Array([1, 2, 3]);
    await store.write('entry', bytes);
    bytes.fill(9);
    const read = (await store.read('entry'))!;
    read.fill(8);
    expect(await store.read('entry')).toEqual(new Uint8Array([1, 2, 3]));
  });

  it.each(['', '.hidden', '../up', 'a/b', 'a b'])('refuses the name %j', async (name) => {
    expect((await failure(create().write(name, new Uint8Array(1)))).code).toBe('invalid-argument');
  });
});

describe('folderStore', () => {
  it('removes what a killed process left half-written, and nothing else', async () => {
    const directory = path('left');
    await mkdir(directory);
    const left = `.entry.${randomUUID()}.part`;
    for (const file of [left, '.mine', 'notes.txt', `.report.html.${randomUUID()}`])
      await writeFile(`${directory}/${file}`, 'x');
    await folderStore(directory).write('entry', new Uint8Array(3));
    const files = await readdir(directory);
    expect(files).not.toContain(left);
    expect(files.length).toBe(4);
  });

  it('says what cannot be written or read', async () => {
    await writeFile(path('file'), 'x');
    const inFile = folderStore(path('file'));
    expect((await failure(inFile.write('entry', new Uint8Array(1)))).code).toBe('write-failed');
    await mkdir(path('folder/entry'), { recursive: true });
    const unreadable = await failure(folderStore(path('folder')).read('entry'));
    expect(unreadable).toMatchObject({ code: 'file-missing', details: { file: path('folder/entry') } });
    expect(await folderStore(path('absent')).list()).toEqual([]);
    expect(await failure(Promise.resolve().then(() => folderStore('')))).toMatchObject({ code: 'invalid-argument' });
  });
});

it('indexedDBStore says where there is no IndexedDB', async () => {
  const error = await failure(Promise.resolve().then(() => indexedDBStore('run')));
  expect(error).toMatchObject({ code: 'write-failed' });
  expect(error.message).toContain('folderStore');
});
