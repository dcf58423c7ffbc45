import { describe, expect, it } from 'vitest';
import { memoryStore, type ByteStore } from 'spine-xray-ml';
import { SampleRows } from '../../../src/training/data/sampleRows.js';

describe('a row that was spilled', () => {
  it('comes back from a store that reads Buffers at odd addresses', async () => {
    const memory = memoryStore();
    const pooled: ByteStore = {
      ...memory,
      async read(name) {
        const bytes = (await memory.read(name))!;
        return Buffer.concat([Buffer.alloc(1), bytes]).subarray(1);
      },
    };
    const rows = new SampleRows({ name: 'train', budgets: [{ free: 0 }], spill: pooled });
    const row = Float32Array.of(0.5, -2, 3);
    await rows.put(7, row);
    expect(await rows.get(7, 3)).toEqual(row);
  });
});
