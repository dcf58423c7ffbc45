import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

describe('reading 90 MB of weights', () => {
  it('takes less than three times as much memory, whatever the format', () => {
    const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', 'bench/weights.ts'], {
      encoding: 'utf8',
    });
    const peaks = stdout
      .split('\n')
      .filter((line) => line.includes('peak memory'))
      .map((line) => JSON.parse(line) as { name: string; value: number });
    expect(peaks, stderr).toHaveLength(6);
    for (const { name, value } of peaks) expect(value, name).toBeLessThan(3);
    // Six processes, one after the other: on a busy machine they take longer than a test usually may.
  }, 240_000);
});
