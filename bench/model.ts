/**
 * Xception at 224×224×3 with three classes: milliseconds an image to predict, and to train every layer.
 * Prints a JSON line {name, value, unit} for each. Run: npx tsx bench/model.ts [wasm|tensorflow|cpu] [steps] [batch size]
 */
import { performance } from 'node:perf_hooks';
import * as tf from '@tensorflow/tfjs-core';
import { array, buildXception, fineTune, type Dataset } from 'spine-xray-ml';
import { startBackend } from '../examples/support/backend.js';

const backend = process.argv[2] ?? 'wasm';
const steps = Number(process.argv[3] ?? 4);
await startBackend(backend);

const batchSize = Number(process.argv[4] ?? 8);
const side = 224;
const classes = ['normal', 'scoliosis', 'spondylolisthesis'];
const film = array(Float32Array.from({ length: side * side * 3 }, (_, i) => ((i * 7919) % 256) / 255), [side, side, 3]);
const films: Dataset = Array.from({ length: batchSize * (steps + 1) }, (_, i) => ({ id: String(i), label: classes[i % 3] as string, load: () => Promise.resolve(film) }));
const model = buildXception({ classes, seed: 1 });

const images = tf.stack(Array.from({ length: batchSize }, () => tf.tensor3d(film.data as Float32Array, [side, side, 3])));
const forward = Array.from({ length: steps + 1 }, () => {
  const start = performance.now();
  tf.tidy(() => (model.predictOnBatch(images) as tf.Tensor).dataSync());
  return performance.now() - start;
}).slice(1);
report('predict', median(forward) / batchSize, 'ms an image');
images.dispose();

for (const batchNorm of ['frozen', 'trained'] as const) {
  const times: number[] = [];
  let last = 0;
  await fineTune(model, { train: films, validation: [] }, {
    seed: 1,
    batchSize,
    cacheBytes: 0,
    stages: [{ name: 'all', unfreeze: 'all', epochs: 1, learningRate: 1e-6, batchNorm }],
    onBatch: () => {
      const now = performance.now();
      if (last > 0) times.push(now - last);
      last = now;
    },
  });
  report(`training step, batch norms ${batchNorm}`, median(times) / batchSize, 'ms an image');
}
report('peak memory', process.resourceUsage().maxRSS / 1024, 'MiB');

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] as number;
}

function report(name: string, value: number, unit: string): void {
  console.log(JSON.stringify({ name: `${backend}: ${name}`, value: Number(value.toPrecision(3)), unit }));
}
