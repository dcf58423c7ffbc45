import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, watch } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from 'spine-xray-ml';
import { useTemporaryFolder } from './temporary.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const path = useTemporaryFolder();

beforeAll(async () => {
  // Bundled once: a child would else compile all of the library each time. Beside node_modules, where tfjs is found.
  await build({
    root,
    configFile: false,
    logLevel: 'silent',
    resolve: {
      alias: [
        { find: /^spine-xray-ml$/, replacement: `${root}src/index.ts` },
        { find: /^spine-xray-ml\/(weights|backend)$/, replacement: `${root}src/$1.ts` },
        { find: /^spine-xray-ml\/node$/, replacement: `${root}src/node/index.ts` },
      ],
    },
    build: {
      ssr: 'test/node/trainingChild.ts',
      outDir: `${root}.cache/killedTraining`,
      emptyOutDir: true,
      rollupOptions: { output: { entryFileNames: 'child.mjs' } },
    },
  });
}, 60_000);

/** A training process, and what it printed. */
function start(...args: string[]): { child: ChildProcess; ready: Promise<unknown>; outcome: Promise<unknown> } {
  const child = spawn(process.execPath, [`${root}.cache/killedTraining/child.mjs`, ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  let errors = '';
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()));
  const ready = once(child.stdout, 'data');
  child.stdout.on('data', (text: Buffer) => (printed += text.toString()));
  const outcome = once(child, 'close').then(([code, signal]) => {
    if (signal === 'SIGKILL') return undefined;
    if (code !== 0) throw new Error(`the training process ended with ${String(code)}:\n${errors}`);
    return JSON.parse(printed.slice(printed.indexOf('\n'))) as unknown;
  });
  return { child, ready: Promise.race([ready, outcome]), outcome };
}

/** Resolves after so many changes in a folder: writing a checkpoint makes some, from an empty hidden file to its name. */
async function watchChanges(folder: string, changes: number): Promise<{ reached: Promise<void>; close: () => void }> {
  await mkdir(folder, { recursive: true });
  const watcher = watch(folder);
  let left = changes;
  const reached = new Promise<void>((resolve) => watcher.on('change', () => --left === 0 && resolve()));
  return { reached, close: () => watcher.close() };
}

describe('training in processes of their own', () => {
  it.each(['cpu', 'wasm'])('two on %s come to the same bytes', { timeout: 120_000 }, async (backend) => {
    const [first, second] = await Promise.all([
      start(backend, path(`${backend}-1`)).outcome,
      start(backend, path(`${backend}-2`)).outcome,
    ]);
    expect(first).toMatchObject({ history: [{ name: 'head' }, { name: 'last' }] });
    expect(second).toEqual(first);
  });

  it(
    'killed 20 times at random moments, goes on each time and ends as if it never had been',
    { timeout: 240_000 },
    async () => {
      const cache = path('cache');
      const began = performance.now();
      const undisturbed = start('wasm', cache);
      await undisturbed.ready;
      const training = performance.now();
      const expected = await undisturbed.outcome;
      const [startTime, trainTime] = [training - began, performance.now() - training];

      const random = createRandom(20, 'kills');
      let kills = 0;
      let ended = 0;
      let result: unknown;
      for (let run = 0; kills < 20 || result === undefined; run++) {
        expect(run).toBeLessThan(60);
        // After a run has ended, the next begins anew.
        const checkpoints = path(`checkpoints-${ended}`);
        const { child, outcome } = start('wasm', cache, checkpoints);
        if (kills < 20) {
          // Every other time in the middle of writing a checkpoint, else anywhere, the start of the process included.
          if (run % 2 === 0) {
            const { reached, close } = await watchChanges(checkpoints, random.integer(1, 15));
            await Promise.race([reached, outcome]);
            await pause(random.uniform(0, 2));
            close();
          } else {
            await Promise.race([
              pause(random.uniform(0.5, 1) * startTime + random.uniform(0, 0.5) * trainTime),
              outcome,
            ]);
          }
          child.kill('SIGKILL');
        }
        result = await outcome;
        if (result === undefined) kills++;
        else {
          expect(result).toEqual(expected);
          ended++;
        }
      }
      expect(kills).toBe(20);
      // The last run went through: it has cleaned up after those that were killed.
      expect(existsSync(cache) ? await readdir(cache) : []).toEqual([]);
      expect(await readdir(path(`checkpoints-${ended - 1}`))).toEqual(['checkpoint.safetensors']);
    },
  );
});
