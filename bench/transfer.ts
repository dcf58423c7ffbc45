/**
 * Ten epochs of transfer learning of the full Xception at 224×224×3, its head alone: with the results of frozen layers
 * kept, in memory and in a folder, against frozen layers that run in each epoch. Fails if they do not come to the same
 * loss. Times are of the processor, all threads together, so that a busy machine gives the same ratios.
 * Prints a JSON line {name, value, unit} for each. Run: npx tsx bench/transfer.ts [wasm|tensorflow|cpu] [training films]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildXception, fineTune, mapImages, preprocess, type FrozenCacheOptions } from 'spine-xray-ml';
import { folderStore } from 'spine-xray-ml/node';
import { phantomDataset } from 'spine-xray-ml/phantom';
import { startBackend } from '../examples/support/backend.js';

const backend = process.argv[2] ?? 'wasm';
const count = Number(process.argv[3] ?? 12);
await startBackend(backend);

const classes = ['normal', 'scoliosis', 'spondylolisthesis'] as const;
const films = mapImages(phantomDataset({ seed: 1, total: count + Math.ceil(count / 4), size: 256, classes }), (image) =>
  preprocess(image),
);
const parts = { train: films.slice(0, count), validation: films.slice(count) };
const epochs = 10;
const folder = mkdtempSync(path.join(tmpdir(), 'spine-transfer-'));

try {
  const without = await train({ bytes: 0 });
  const memory = await train({});
  const disk = await train({ bytes: 0, spill: folderStore(folder) });
  report('ten epochs of the head, frozen layers in each', without.seconds, 'processor s');
  report('ten epochs of the head, frozen layers once', memory.seconds, 'processor s');
  report('ten epochs of the head, frozen layers once, kept in a folder', disk.seconds, 'processor s');
  report('times faster with the cache', without.seconds / memory.seconds, '×');
  report('times faster with the cache in a folder', without.seconds / disk.seconds, '×');
  const difference = Math.max(...[memory, disk].map(({ loss }) => Math.abs(loss - without.loss)));
  report('difference of the final loss', difference, '');
  if (!(difference <= 1e-4))
    throw new Error(`The final losses are ${without.loss} without the cache, ${memory.loss} and ${disk.loss} with it.`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function train(cache: FrozenCacheOptions): Promise<{ seconds: number; loss: number }> {
  const model = buildXception({ classes, seed: 1 });
  const start = process.cpuUsage();
  const { stages } = await fineTune(model, parts, {
    seed: 1,
    batchSize: 4,
    cache,
    stages: [{ name: 'transfer learning', unfreeze: 'head', epochs, learningRate: 1e-3 }],
  });
  const { user, system } = process.cpuUsage(start);
  const seconds = (user + system) / 1e6;
  model.dispose();
  return { seconds, loss: stages[0]?.epochs.at(-1)?.loss ?? NaN };
}

function report(name: string, value: number, unit: string): void {
  console.log(JSON.stringify({ name: `transfer/${name}/${backend}`, value: Number(value.toPrecision(3)), unit }));
}
