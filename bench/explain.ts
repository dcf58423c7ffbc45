/**
 * What an explanation costs beyond the model, at 224×224×3. Run: tsx bench/explain.ts [cpu|wasm|tensorflow]
 * Prints a line of JSON for each figure. Reference: shap 0.51, 0.62–0.71 ms an evaluation, 360 ms for its tree.
 */
import * as tf from '@tensorflow/tfjs-core';
import { ndarrayOf, PartitionExplainer, blurMasker, constantMasker, type Masker, type PredictFn } from 'spine-xray-ml';
import { startBackend } from '../examples/support/backend.js';
import { exactEvaluations, partitionTree, type PartitionNode } from '../src/explain/partition.js';

const backend = process.argv[2] ?? 'wasm';
await startBackend(backend);

const shape = [224, 224, 3] as const;
const image = ndarrayOf(
  Float32Array.from({ length: 224 * 224 * 3 }, (_, p) => ((p * 7919) % 256) / 255),
  shape,
);

/** Reads four pixels, so that what is measured is the explainer. */
const trivial: PredictFn = (images) =>
  tf.tidy(() => tf.reshape(tf.slice4d(images, [0, 100, 100, 0], [-1, 2, 1, 1]), [images.shape[0], 2]) as tf.Tensor2D);

async function explain(masker: Masker, maxEvaluations: number): Promise<number> {
  const start = performance.now();
  await new PartitionExplainer(trivial, { masker }).explain(image, { maxEvaluations });
  return performance.now() - start;
}

async function median(runs: number, measure: () => number | Promise<number>): Promise<number> {
  const times: number[] = [];
  for (let run = 0; run < runs; run++) times.push(await measure());
  return times.sort((a, b) => a - b)[Math.floor(runs / 2)]!;
}

function report(name: string, value: number, unit: string): void {
  console.log(JSON.stringify({ name: `explain/${name}/${backend}`, value: Number(value.toPrecision(3)), unit }));
}

await explain(constantMasker(0.5), 100);
const setUp = await median(5, () => explain(constantMasker(0.5), 2));
const whole = await median(5, () => explain(constantMasker(0.5), 502));
report('evaluation beyond the model', (whole - setUp) / 500, 'ms');
report('set-up, tree and background included', setUp, 'ms');
report('set-up with blur 128×128', await median(5, () => explain(blurMasker({ size: 128 }), 2)), 'ms');
report('tree visited by 500 evaluations', await median(5, visitTree), 'ms');

global.gc?.();
const heapBefore = process.memoryUsage().heapUsed;
let heapPeak = 0;
await new PartitionExplainer(trivial, { masker: constantMasker(0.5) }).explain(image, {
  maxEvaluations: 5000,
  onProgress: () => {
    heapPeak = Math.max(heapPeak, process.memoryUsage().heapUsed);
  },
});
report('heap added by 5000 evaluations, at most', (heapPeak - heapBefore) / 2 ** 20, 'MiB');

/** The planning of an explanation: the tree, breadth first, as far as 250 splits reach, and the exact cost. */
function visitTree(): number {
  const start = performance.now();
  const open: PartitionNode[] = [partitionTree(shape)];
  for (let split = 0; split < 250; split++) open.push(...open.shift()!.split());
  exactEvaluations(shape, null);
  return performance.now() - start;
}
