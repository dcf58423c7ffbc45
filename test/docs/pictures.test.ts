import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { pictures } from '../../scripts/pictures/draw.js';
import { blocksOf } from '../../scripts/pictures/recorded.js';
import { root } from './snippets.js';

const folder = path.join(root, 'docs/pictures');

/** The pixels of a committed PNG, grey where it is grey. */
async function pixelsOf(file: string): Promise<{ width: number; height: number; channels: number; data: Uint8Array }> {
  const image = sharp(path.join(folder, file));
  const { channels: stored } = await image.metadata();
  const { data, info } = await image
    .toColourspace(stored === 1 ? 'b-w' : 'srgb')
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, channels: info.channels, data };
}

/** The largest difference of two pictures' bytes. */
const difference = (a: Uint8Array, b: Uint8Array) =>
  a.reduce((most, value, index) => Math.max(most, Math.abs(value - b[index]!)), 0);

describe('docs/pictures', () => {
  it('holds what the script draws, and is small', () => {
    const files = readdirSync(folder);
    expect(files.sort()).toEqual(Object.keys(pictures).sort());
    const sizes = files.map((file) => readFileSync(path.join(folder, file)).length);
    expect(Math.max(...sizes)).toBeLessThan(200_000);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(800_000);
  });

  // One level of 255: another machine's mathematics may round the last bit of a phantom otherwise.
  it.each(Object.keys(pictures).filter((file) => file.endsWith('.png')))('%s is what is drawn now', async (file) => {
    const drawn = await pictures[file]!();
    if (typeof drawn === 'string') throw new Error(`${file} is no sheet of pixels.`);
    const { data, ...committed } = await pixelsOf(file);
    expect({ width: drawn.width, height: drawn.height, channels: drawn.channels }).toEqual(committed);
    expect(difference(drawn.data, data)).toBeLessThanOrEqual(1);
  });

  it.each(Object.keys(pictures).filter((file) => file.endsWith('.svg')))('%s is what is drawn now', async (file) => {
    expect(readFileSync(path.join(folder, file), 'utf8')).toBe(`${(await pictures[file]!()) as string}\n`);
  });
});

describe('blocksOf(sums, width)', () => {
  it('covers every pixel once with its value', () => {
    const width = 5;
    const sums = [1, 1, 2, 2, 2, 1, 1, 2, 2, 3, 4, 4, 2, 2, 3];
    const painted = sums.map((): number[] => []);
    for (const [top, left, rows, columns, value] of blocksOf(sums, width)) {
      for (let y = top; y < top + rows; y++) {
        for (let x = left; x < left + columns; x++) painted[y * width + x]!.push(value);
      }
    }
    expect(painted).toEqual(sums.map((value) => [value]));
    expect(blocksOf(sums, width)).toContainEqual([0, 0, 2, 2, 1]);
  });
});
