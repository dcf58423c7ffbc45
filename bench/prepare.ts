/**
 * Films a second that are read, resized to 224×224 and min–max scaled, as the batches of a training set are.
 * Prints a JSON line {name, value, unit}. Run: npx tsx bench/prepare.ts --data <folder, one folder per class>
 */
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { batches, mapImages, preprocess } from 'spine-xray-ml';
import { imageFolder } from 'spine-xray-ml/node';

const { data } = parseArgs({ options: { data: { type: 'string' } } }).values;
if (data === undefined) throw new Error('Say where the films are: --data <folder>');
const films = mapImages(await imageFolder(data), (image) => preprocess(image));

const rates: number[] = [];
for (let round = 0; round < 4; round++) {
  const start = performance.now();
  let read = 0;
  for await (const { ids } of batches(films, { batchSize: 16 })) read += ids.length;
  rates.push(read / ((performance.now() - start) / 1000));
}
// The first round warms up the file cache and the decoder.
const best = Math.max(...rates.slice(1));
console.log(
  JSON.stringify({
    name: `read, resize, min–max, ${films.length} films`,
    value: Number(best.toPrecision(3)),
    unit: 'films a second',
  }),
);
