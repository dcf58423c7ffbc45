import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createMemoryGate } from '../../../src/node/read/memoryGate.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

it('reading scans of 5000×4000, four ahead, needs no more than 500 MB in all', { timeout: 300_000 }, async () => {
  // In a process of its own: this one holds the test runner too. 300 scans instead of 30 take no more.
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', 'tsx', 'bench/readingMemory.ts', '--count', '30'],
    { cwd: root },
  );
  const { scans, peakMegabytes } = JSON.parse(stdout) as { scans: number; peakMegabytes: number };
  expect(scans).toBe(30);
  expect(peakMegabytes).toBeLessThanOrEqual(500);
});

describe('createMemoryGate', () => {
  /** Runs pieces of these sizes, each ended by hand; says which are running. */
  function pieces(budget: number, sizes: readonly number[]) {
    const gate = createMemoryGate(budget);
    const running = new Set<number>();
    const end: (() => void)[] = [];
    const all = sizes.map((size, index) =>
      gate.run(size, async () => {
        running.add(index);
        await new Promise<void>((resolve) => (end[index] = resolve));
        running.delete(index);
      }),
    );
    const settle = () => new Promise((resolve) => setTimeout(resolve));
    return { all, running, settle, end: async (index: number) => (end[index]!(), settle()) };
  }

  it('lets in what fits, in order, and one that never fits alone', async () => {
    const { all, running, settle, end } = pieces(10, [6, 4, 1, 20, 2]);
    await settle();
    expect([...running]).toEqual([0, 1]);
    await end(0);
    expect([...running]).toEqual([1, 2]);
    await end(1);
    expect([...running]).toEqual([2]);
    await end(2);
    expect([...running]).toEqual([3]);
    await end(3);
    expect([...running]).toEqual([4]);
    await end(4);
    await Promise.all(all);
  });

  it('goes on after a failure', async () => {
    const gate = createMemoryGate(10);
    await expect(gate.run(10, () => Promise.reject(new Error('bad')))).rejects.toThrow('bad');
    expect(await gate.run(10, () => Promise.resolve(7))).toBe(7);
  });
});
