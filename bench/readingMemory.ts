/**
 * How much memory it takes to read many scans of 5000×4000 pixels in order, some of them ahead. Makes a few distinct
 * scans in a temporary folder, reads them over and over, and prints the peak resident set size as a JSON line.
 *
 *   npx tsx bench/readingMemory.ts [--count 300] [--ahead 4] [--kinds grey16,grey8,rgb]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { imageFiles, type Dataset, type Image } from 'spine-xray-ml/node';

const width = 5000;
const height = 4000;
const megabyte = 1e6;

const { values: options } = parseArgs({
  options: {
    count: { type: 'string', default: '300' },
    ahead: { type: 'string', default: '4' },
    kinds: { type: 'string', default: 'grey16,grey8,rgb' },
  },
});

const folder = await mkdtemp(join(tmpdir(), 'spine-scans-'));
try {
  await makeScans(folder, options.kinds.split(','));
  const scans = await imageFiles(folder);
  const before = process.memoryUsage.rss();
  const start = performance.now();
  const { peak, checksum } = await readInOrder(scans, Number(options.count), Number(options.ahead));
  const seconds = (performance.now() - start) / 1000;
  console.log(
    JSON.stringify({
      bench: 'readingMemory',
      kinds: options.kinds,
      scans: Number(options.count),
      ahead: Number(options.ahead),
      startMegabytes: Math.round(before / megabyte),
      peakMegabytes: Math.round(peak / megabyte),
      seconds: Number(seconds.toFixed(1)),
      checksum,
    }),
  );
} finally {
  await rm(folder, { recursive: true, force: true });
}

/** Reads scans in order, `ahead` at a time, as a data set's consumer does, and looks at every row of each. */
async function readInOrder(scans: Dataset, count: number, ahead: number): Promise<{ peak: number; checksum: number }> {
  let peak = 0;
  let checksum = 0;
  const sampler = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 10);
  const queue: Promise<Image>[] = [];
  for (let next = 0; next < count || queue.length > 0;) {
    while (next < count && queue.length < ahead) queue.push(scans[next++ % scans.length]!.load());
    const image = await queue.shift()!;
    for (let row = 0; row < image.shape[0]!; row++) checksum += image.get(row, row % width, 0);
    peak = Math.max(peak, process.memoryUsage.rss());
  }
  clearInterval(sampler);
  return { peak, checksum };
}

/** Two scans of each kind, with a pattern and noise that do not compress away. Made one by one, in little memory. */
async function makeScans(directory: string, kinds: readonly string[]): Promise<void> {
  for (const [number, kind] of kinds.flatMap((name) => [name, name]).entries()) {
    const noise = {
      create: {
        width,
        height,
        channels: 3 as const,
        background: '#808080',
        noise: { type: 'gaussian' as const, mean: 90 + 10 * number, sigma: 12 },
      },
    };
    const scan = sharp(noise).extractChannel(0);
    const file = join(directory, `${kind}-${number}`);
    if (kind === 'grey16') await scan.toColourspace('grey16').png({ compressionLevel: 2 }).toFile(`${file}.png`);
    else if (kind === 'grey8') await scan.toColourspace('b-w').jpeg({ quality: 90 }).toFile(`${file}.jpg`);
    else if (kind === 'rgb') await scan.toColourspace('srgb').jpeg({ quality: 90 }).toFile(`${file}.jpg`);
    else throw new Error(`unknown kind ${kind}`);
  }
}
