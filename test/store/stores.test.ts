import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import type * as tf from '@tensorflow/tfjs-core';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cacheStore, indexedDBStore, memoryStore, storeHandler, type ByteStore } from 'spine-xray-ml';
import { folderStore, writeFileAtomic } from 'spine-xray-ml/node';
import { failure, useTemporaryFolder } from '../node/support.js';
import { Caches } from './caches.js';

const path = useTemporaryFolder();
const refusal = async (call: () => unknown) => (await failure(Promise.resolve().then(call))).message;
beforeEach(() => void vi.stubGlobal('caches', new Caches()));
afterEach(() => void vi.unstubAllGlobals());

const kinds: [string, () => ByteStore][] = [
  ['memoryStore', memoryStore],
  ['folderStore', () => folderStore(path(randomUUID()))],
  ['cacheStore', () => cacheStore(randomUUID())],
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

  it('keeps bytes of its own where they are a Buffer, whose slices share its memory', async () => {
    const store = create();
    const bytes = Buffer.from([1, 2, 3]);
    await store.write('entry', bytes);
    bytes.fill(9);
    const read = (await store.read('entry'))!;
    expect(read).toEqual(new Uint8Array([1, 2, 3]));
    read.fill(8);
    expect(await store.read('entry')).toEqual(new Uint8Array([1, 2, 3]));
  });

  it.each(['', '.hidden', '../up', 'a/b', 'a b', 'a\n', 'ä', 'x'.repeat(201), 5, null, undefined, ['a']])(
    'refuses the name %j',
    async (name) => {
      const store = create();
      const uses = [() => store.write(name as string, new Uint8Array(1)), () => store.read(name as string)];
      for (const use of [...uses, () => store.remove(name as string)])
        expect(await failure(use())).toMatchObject({
          code: 'invalid-argument',
          message: expect.stringMatching(/^A store names its entries by letters, .* at most 200 of them/),
        });
    },
  );

  it('takes a name of 200 characters', async () => {
    const store = create();
    const name = `${'x'.repeat(196)}.bin`;
    await store.write(name, new Uint8Array(3));
    expect(await store.list()).toEqual([name]);
    expect(await store.read(name)).toEqual(new Uint8Array(3));
    await store.remove(name);
    expect(await store.list()).toEqual([]);
  });

  it.each<[string, unknown, RegExp]>([
    ['text', 'abc', /got "abc"\. Encode it/],
    ['a list', [1, 2], /got \[1,2\]/],
    ['an ArrayBuffer', new ArrayBuffer(2), /got an ArrayBuffer\. Wrap it: new Uint8Array\(buffer\)/],
    ['other numbers', new Float32Array(2), /got a Float32Array/],
    ['nothing', undefined, /got undefined/],
    ['a promise', Promise.resolve(new Uint8Array(1)), /got a promise\. Await it/],
  ])('refuses to keep %s', async (_, bytes, message) => {
    const store = create();
    const error = await failure(store.write('entry', bytes as Uint8Array));
    expect(error.code).toBe('invalid-argument');
    expect(error.message).toMatch(message);
    expect(await store.list()).toEqual([]);
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

  it('lets another process finish what it is writing', async () => {
    const directory = path('shared');
    await mkdir(directory);
    const child = spawn(process.execPath, ['--eval', 'setInterval(() => undefined, 1000)']);
    const machine = hostname().replace(/\W+/g, '_').slice(0, 40);
    const written = (owner: string) => `.entry.${owner}.${randomUUID()}.part`;
    const files = [written(`${machine}-${child.pid}`), written(`${machine}-${process.pid}`), written('elsewhere-1')];
    for (const file of files) await writeFile(`${directory}/${file}`, 'x');
    await folderStore(directory).list();
    expect((await readdir(directory)).sort()).toEqual([...files].sort());
    await new Promise((resolve) => child.on('exit', resolve).kill());
    await folderStore(directory).list();
    expect((await readdir(directory)).sort()).toEqual(files.slice(1).sort());
  });

  it('keeps entries in the making: each its writer’s, no entry, and what is left goes on', async () => {
    const store = folderStore(path('making'));
    const open = () => store.openPartial!('film');
    const [mine, others, another] = [await open(), await open(), await store.openPartial!('film.1')];
    expect(await mine.left()).toBeUndefined();
    await mine.append(new Uint8Array([9, 9]));
    await mine.restart();
    for (const bytes of [[1, 2], [3]]) await mine.append(new Uint8Array(bytes));
    await others.append(new Uint8Array([7]));
    await another.append(new Uint8Array(8));
    expect([await store.list(), await store.read('film')]).toEqual([[], undefined]);
    await mine.close(true);
    await others.close(false);
    await another.close(true);

    const next = await open();
    expect(await next.left()).toEqual(new Uint8Array([1, 2, 3]));
    await next.append(new Uint8Array([4]));
    await next.close(true);
    const last = await open();
    expect(await last.left()).toEqual(new Uint8Array([1, 2, 3, 4]));
    await last.close(false);
    const anew = await open();
    expect(await anew.left()).toBeUndefined();
    await anew.close(true);
    expect((await readdir(path('making'))).length).toBe(1);
    expect((await failure(store.openPartial!('../film'))).code).toBe('invalid-argument');
  });

  it('keeps entries in the making by their whole name, however long', async () => {
    const store = folderStore(path('long'));
    const names = ['a', 'b'].map((end) => `${'x'.repeat(199)}${end}`);
    for (const [index, name] of names.entries()) {
      const entry = await store.openPartial!(name);
      await entry.append(new Uint8Array([index]));
      await entry.close(true);
    }
    // While it is written to, a file bears the name of the machine too, of up to 40 characters.
    for (const file of await readdir(path('long'))) expect(file.length).toBeLessThan(255 - 40);
    for (const [index, name] of names.entries()) {
      const entry = await store.openPartial!(name);
      expect(await entry.left()).toEqual(new Uint8Array([index]));
      await entry.close(false);
    }
    expect(await store.list()).toEqual([]);
  });

  it.runIf(existsSync('/proc/self'))('ends where the system makes no folders', { timeout: 2000 }, async () => {
    const store = folderStore('/proc/none/deep');
    const attempts = [() => store.write('a', new Uint8Array(1)), () => store.openPartial!('a')];
    for (const attempt of [...attempts, () => writeFileAtomic('/proc/none/x', 'x')])
      expect((await failure(attempt())).code).toBe('write-failed');
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

it('cacheStore says where there is no Cache Storage, and why it cannot be used', async () => {
  const caches = new Caches();
  vi.stubGlobal('caches', caches);
  const store = cacheStore('run');
  caches.failure = new Error('no space');
  const uses = [() => store.read('a'), () => store.write('a', new Uint8Array(1)), () => store.remove('a'), store.list];
  for (const use of uses) expect(await failure(use())).toMatchObject({ code: 'write-failed' });
  expect((await failure(store.list())).message).toMatch(/Cache Storage "run" cannot be used: no space\./);
  vi.stubGlobal('caches', undefined);
  const error = await failure(Promise.resolve().then(() => cacheStore('run')));
  expect(error).toMatchObject({ code: 'write-failed' });
  expect(error.message).toContain('folderStore');
  expect(await refusal(() => cacheStore(''))).toContain('must have a name');
});

it.each<[string, () => unknown, RegExp]>([
  ['no store', () => storeHandler('folder' as never), /store of storeHandler must be a store/],
  [
    'a misspelt option',
    () => storeHandler(memoryStore(), { nam: 'a' } as never),
    /no option "nam"\. Do you mean "name"/,
  ],
  [
    'a name without room for its shards',
    () => storeHandler(memoryStore(), { name: 'x'.repeat(155) }),
    /at most 154 of/,
  ],
  ['a name that no store takes', () => storeHandler(memoryStore(), { name: 'a/b' }), /name must be a name/],
])('storeHandler refuses %s', async (_, call, message) => {
  expect(await refusal(call)).toMatch(message);
});

describe('storeHandler', () => {
  const saved = (value: number): tf.io.ModelArtifacts => ({
    modelTopology: {},
    weightSpecs: [{ name: 'w', shape: [1], dtype: 'float32' }],
    weightData: Float32Array.of(value).buffer,
  });
  const loaded = async (store: ByteStore, name: string) =>
    new Float32Array((await storeHandler(store, { name }).load!()).weightData as ArrayBuffer)[0];

  it.each([
    ['a', 'b'],
    ['model', 'b'],
    ['a', 'model'],
    ['group1', 'model'],
  ])('saves over a copy by hand of the manifest of %s as %s, and leaves the shards of the first', async (from, to) => {
    const store = memoryStore();
    await storeHandler(store, { name: from }).save!(saved(1));
    await store.write(`${to}.json`, (await store.read(`${from}.json`))!);
    expect(await loaded(store, to)).toBe(1);
    await storeHandler(store, { name: to }).save!(saved(2));
    expect([await loaded(store, from), await loaded(store, to)]).toEqual([1, 2]);
    await storeHandler(store, { name: to }).save!(saved(3));
    expect((await store.list()).length).toBe(4);
  });

  it('saves by a name of the greatest length in a folder', async () => {
    const store = folderStore(path('names'));
    const name = 'x'.repeat(154);
    await storeHandler(store, { name }).save!(saved(4));
    expect(await loaded(store, name)).toBe(4);
  });
});

it('storeHandler names what is damaged, and where', async () => {
  const store = memoryStore();
  const load = () => failure(storeHandler(store).load!());
  const manifest = (paths: string[], shape = [1]) =>
    store.write(
      'model.json',
      new TextEncoder().encode(
        JSON.stringify({
          modelTopology: {},
          weightsManifest: [{ paths, weights: [{ name: 'w', shape, dtype: 'float32' }] }],
        }),
      ),
    );
  expect((await load()).message).toMatch(/no entry model\.json in memory\. Save a model there.*storeHandler\(store\)/);
  await store.write('model.json', new Uint8Array([1]));
  expect(await load()).toMatchObject({
    code: 'weights-format',
    message: expect.stringMatching(/in memory is no JSON/),
  });
  await manifest(['../a.bin']);
  expect((await load()).message).toContain('a shard outside its store: ../a.bin');
  await manifest(['a.bin', 'b.bin']);
  expect(await load()).toMatchObject({ code: 'file-missing', details: { file: 'a.bin in memory' } });
  await store.write('a.bin', new Uint8Array(3));
  for (const length of [0, 2]) {
    await store.write('b.bin', new Uint8Array(length));
    expect((await load()).message).toContain(`are ${3 + length} bytes where model.json describes 4`);
  }
  await manifest(['a.bin', 'b.bin'], [2 ** 45]);
  expect(await load()).toMatchObject({
    code: 'weights-format',
    message: expect.stringContaining('memory does not hold'),
  });
  await manifest(['a.bin', 'b.bin']);
  await store.write('b.bin', new Uint8Array([7]));
  expect(new Uint8Array((await storeHandler(store).load!()).weightData as ArrayBuffer)).toEqual(
    new Uint8Array([0, 0, 0, 7]),
  );
});
