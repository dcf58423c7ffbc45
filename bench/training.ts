/**
 * Xception at 224×224×3 with three classes: milliseconds an image to predict, and to train every layer; how many times
 * the prediction a step takes; the peak of the resident set. Each way of batch norms runs in processes of its own, for
 * its memory, and in several of them: where memory comes to lie makes a whole process faster or slower.
 * Prints a JSON line {name, value, unit} for the median of each.
 * Run: npx tsx bench/training.ts [wasm|tensorflow|cpu] [steps] [batch size] [processes]
 */
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import * as tf from '@tensorflow/tfjs-core';
import { ndarrayOf, buildXception, fineTune, type Dataset } from 'spine-xray-ml';
import { startBackend } from '../examples/support/backend.js';

interface Figure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

const [backend = 'wasm', steps = '4', batchSize = '8', processes = '3', batchNorm] = process.argv.slice(2);
if (batchNorm === undefined) {
  for (const way of ['frozen', 'trained']) {
    const seen = Array.from({ length: Number(processes) }, () => {
      const { status, stdout } = spawnSync(
        process.execPath,
        ['--import', 'tsx', process.argv[1]!, backend, steps, batchSize, '1', way],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] },
      );
      if (status !== 0) throw new Error(`With batch norms ${way} the run failed.`);
      return stdout
        .split('\n')
        .filter((line) => line.startsWith('{"name"'))
        .map((line) => JSON.parse(line) as Figure);
    });
    for (const [index, { name, unit }] of seen[0]!.entries())
      report(name, median(seen.map((figures) => figures[index]!.value)), unit);
  }
} else {
  await measure(backend, Number(steps), Number(batchSize), batchNorm as 'frozen' | 'trained');
}

async function measure(
  backend: string,
  steps: number,
  batchSize: number,
  batchNorm: 'frozen' | 'trained',
): Promise<void> {
  await startBackend(backend);
  const side = 224;
  const classes = ['normal', 'scoliosis', 'spondylolisthesis'];
  const film = ndarrayOf(
    Float32Array.from({ length: side * side * 3 }, (_, i) => ((i * 7919) % 256) / 255),
    [side, side, 3],
  );
  const films: Dataset = Array.from({ length: batchSize * (steps + 1) }, (_, i) => ({
    id: String(i),
    label: classes[i % 3]!,
    load: () => Promise.resolve(film),
  }));
  const model = buildXception({ classes, seed: 1 });

  const images = tf.stack(
    Array.from({ length: batchSize }, () => tf.tensor3d(film.data as Float32Array, [side, side, 3])),
  );
  // The first of each kind is left out: it compiles.
  const predictions = Array.from({ length: steps + 1 }, () => {
    const start = performance.now();
    tf.tidy(() => (model.predictOnBatch(images) as tf.Tensor).dataSync());
    return performance.now() - start;
  }).slice(1);
  images.dispose();

  const times: number[] = [];
  let last = 0;
  await fineTune(
    model,
    { train: films, validation: [] },
    {
      seed: 1,
      batchSize,
      cache: { bytes: 0 },
      stages: [{ name: 'all', unfreeze: 'all', epochs: 1, learningRate: 1e-6, batchNorm }],
      onBatch: () => {
        const now = performance.now();
        if (last > 0) times.push(now - last);
        last = now;
      },
    },
  );
  const step = `training step, batch norms ${batchNorm}`;
  report(
    `${backend}: predict${batchNorm === 'frozen' ? '' : ', again'}`,
    median(predictions) / batchSize,
    'ms an image',
  );
  report(`${backend}: ${step}`, median(times) / batchSize, 'ms an image');
  report(`${backend}: ${step}, to its prediction`, median(times) / median(predictions), 'times');
  report(`${backend}: peak memory, batch norms ${batchNorm}`, process.resourceUsage().maxRSS / 1024, 'MiB');
}

function report(name: string, value: number, unit: string): void {
  console.log(JSON.stringify({ name, value: Number(value.toPrecision(3)), unit }));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}
