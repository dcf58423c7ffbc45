/**
 * Images a second that readImage decodes from a folder, without any resizing.
 *
 *   npx tsx bench/reading.ts --data <folder of images> [--ahead 4] [--rounds 3]
 *
 * Prints one JSON line per round; the first round warms up the file cache and the decoder.
 */
import { parseArgs } from 'node:util';
import { imageFiles, type Dataset, type Image } from 'spine-xray-ml/node';

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    ahead: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '3' },
  },
});
if (options.data === undefined) throw new Error('Say where the images are: --data <folder>');

const dataset = await imageFiles(options.data);
const ahead = Number(options.ahead);
for (let round = 1; round <= Number(options.rounds); round++) {
  const start = performance.now();
  const pixels = await readInOrder(dataset);
  const seconds = (performance.now() - start) / 1000;
  console.log(
    JSON.stringify({
      bench: 'reading',
      round,
      images: dataset.length,
      ahead,
      seconds: Number(seconds.toFixed(3)),
      imagesPerSecond: Number((dataset.length / seconds).toFixed(1)),
      megapixelsPerSecond: Number((pixels / 1e6 / seconds).toFixed(1)),
    }),
  );
}

async function readInOrder(samples: Dataset): Promise<number> {
  const queue: Promise<Image>[] = [];
  let pixels = 0;
  for (let next = 0; next < samples.length || queue.length > 0;) {
    while (next < samples.length && queue.length < ahead) queue.push(samples[next++]!.load());
    const image = await queue.shift()!;
    pixels += image.shape[0]! * image.shape[1]!;
  }
  return pixels;
}
