/**
 * The wasm backend on one thread and on several: kernels, a prediction with Xception at 224×224×3 (batch of 8), and a
 * training step of every layer. Each count runs in a process of its own, in turn, so that what else the machine does
 * meets both. Prints a JSON line {name, value, unit} for each median, and one for each ratio.
 *
 *   npx tsx bench/threads.ts [--threads 2] [--rounds 3] [--batch 8: of the training step] [--work kernels,predict,step]
 */
import { execFileSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import { ndarrayOf, buildXception, fineTune, type Dataset } from 'spine-xray-ml';
import { startBackend } from '../examples/support/backend.js';

const { values } = parseArgs({
  options: {
    threads: { type: 'string', default: '2' },
    rounds: { type: 'string', default: '3' },
    batch: { type: 'string', default: '8' },
    work: { type: 'string', default: 'kernels,predict,step' },
    measure: { type: 'boolean', default: false },
  },
});
const threads = Number(values.threads);
const batchSize = Number(values.batch);

type Work = 'kernels' | 'predict' | 'step';
/** Milliseconds by what was measured. */
type Times = Readonly<Record<string, number>>;

const side = 224;
const classes = ['normal', 'scoliosis', 'spondylolisthesis'];

if (values.measure) {
  // One thread is the package's own way, not the threaded binary with one.
  await startBackend('wasm', threads === 1 ? undefined : threads);
  const measure: Readonly<Record<Work, () => Times | Promise<Times>>> = { kernels, predict, step };
  console.log(JSON.stringify(await measure[values.work as Work]()));
} else {
  for (const work of values.work.split(',') as Work[]) compare(work);
}

/** Measures in turn on one thread and on several, and prints medians. */
function compare(work: Work): void {
  const seen = new Map<number, Times[]>([
    [1, []],
    [threads, []],
  ]);
  for (let round = 0; round < Number(values.rounds); round++)
    for (const [count, times] of seen) times.push(measured(work, count));
  for (const name of Object.keys(seen.get(1)?.[0] ?? {})) {
    const [one, several] = [...seen.values()].map((times) => median(times.map((time) => time[name]!))) as [
      number,
      number,
    ];
    if (name === 'peak memory') {
      report(`${name}, ${work}, 1 thread`, one, 'MiB');
      report(`${name}, ${work}, ${threads} threads`, several, 'MiB');
      continue;
    }
    report(`${name}, 1 thread`, one, 'ms');
    report(`${name}, ${threads} threads`, several, 'ms');
    report(`${name}, 1 thread against ${threads}`, one / several, 'times faster');
  }
}

function measured(work: Work, count: number): Times {
  const own = ['--measure', '--work', work, '--threads', String(count), '--batch', values.batch];
  const output = execFileSync(process.execPath, ['--import', 'tsx', fileURLToPath(import.meta.url), ...own], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return JSON.parse(output) as Times;
}

function kernels(): Times {
  const noise = <R extends tf.Rank>(shape: tf.ShapeMap[R]) => tf.randomUniform<R>(shape, -1, 1, 'float32', 1);
  const [x, pointwise, depthwise] = [
    noise<tf.Rank.R4>([8, 28, 28, 728]),
    noise<tf.Rank.R4>([1, 1, 728, 728]),
    noise<tf.Rank.R4>([3, 3, 728, 1]),
  ];
  const [a, b] = [noise<tf.Rank.R2>([2048, 1024]), noise<tf.Rank.R2>([1024, 1024])];
  return {
    'pointwise convolution [8,28,28,728] to 728': timed(10, () => tf.conv2d(x, pointwise, 1, 'same')),
    'matMul 2048×1024×1024': timed(10, () => tf.matMul(a, b)),
    'depthwise convolution 3×3 [8,28,28,728]': timed(20, () => tf.depthwiseConv2d(x, depthwise, 1, 'same')),
  };
}

function predict(): Times {
  const model = buildXception({ classes, seed: 1 });
  const images = tf.tidy(() =>
    tf.stack(Array.from({ length: 8 }, () => tf.tensor3d(film().data as Float32Array, [side, side, 3]))),
  );
  return {
    'Xception, predict, an image': timed(4, () => model.predictOnBatch(images) as tf.Tensor) / 8,
    'peak memory': process.resourceUsage().maxRSS / 1024,
  };
}

async function step(): Promise<Times> {
  const steps = 4;
  const model = buildXception({ classes, seed: 1 });
  const image = film();
  const films: Dataset = Array.from({ length: batchSize * (steps + 1) }, (_, i) => ({
    id: String(i),
    label: classes[i % 3]!,
    load: () => Promise.resolve(image),
  }));
  const ends: number[] = [];
  await fineTune(
    model,
    { train: films, validation: [] },
    {
      seed: 1,
      batchSize,
      cache: { bytes: 0 },
      stages: [{ name: 'all', unfreeze: 'all', epochs: 1, learningRate: 1e-6, batchNorm: 'frozen' }],
      onBatch: () => void ends.push(performance.now()),
    },
  );
  const times = ends.slice(1).map((end, index) => end - ends[index]!);
  return {
    [`Xception, training step, batch of ${batchSize}, an image`]: median(times) / batchSize,
    'peak memory': process.resourceUsage().maxRSS / 1024,
  };
}

function film() {
  return ndarrayOf(
    Float32Array.from({ length: side * side * 3 }, (_, i) => ((i * 7919) % 256) / 255),
    [side, side, 3],
  );
}

/** The median of some runs, after one that warms up. */
function timed(runs: number, work: () => tf.Tensor): number {
  const times = Array.from({ length: runs + 1 }, () => {
    const start = performance.now();
    tf.tidy(() => void work().dataSync());
    return performance.now() - start;
  });
  return median(times.slice(1));
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]!;
}

function report(name: string, value: number, unit: string): void {
  console.log(JSON.stringify({ name: `wasm threads: ${name}`, value: Number(value.toPrecision(3)), unit }));
}
