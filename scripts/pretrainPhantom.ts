/**
 * Makes examples/weights/phantom-xception.safetensors, what the quickstart's network knows beforehand: a narrow,
 * shallow Xception trained to grade the curves and slips of phantoms. Its seeds are far from those of quickstarts, and
 * its task is another one (seven grades of severity instead of three classes).
 *
 *   npx tsx scripts/pretrainPhantom.ts        (needs @tensorflow/tfjs-node: scripts/build-tfjs-node; half an hour)
 */
import { writeFileSync } from 'node:fs';
import {
  array,
  augmentDataset,
  buildXception,
  cacheImages,
  fineTune,
  mapImages,
  modelWeights,
  preprocess,
  useBackend,
  writeSafetensors,
  type Dataset,
  type Sample,
} from 'spine-xray-ml';
import { phantomDataset } from 'spine-xray-ml/phantom';
import { phantomNetwork } from '../examples/support/recipe.js';

const tfjsNode = '@tensorflow/tfjs-node';
await import(tfjsNode);
await useBackend('tensorflow');

const grades = ['normal', 'mild curve', 'moderate curve', 'severe curve', 'slip I', 'slip II', 'slip III'];

/** Grades by Cobb angle, and by a third of the range of slips each. */
function grade({ label, meta }: Sample): string {
  const cobbAngle = Number(meta?.['cobbAngle']);
  const slip = Number(meta?.['slip']);
  if (label === 'scoliosis') return cobbAngle < 25 ? 'mild curve' : cobbAngle < 40 ? 'moderate curve' : 'severe curve';
  if (label === 'spondylolisthesis') return slip < 30 ? 'slip I' : slip < 45 ? 'slip II' : 'slip III';
  return 'normal';
}

function graded(seed: number, total: number): Dataset {
  const films = phantomDataset({ seed, total }).map((sample) => ({ ...sample, label: grade(sample) }));
  return cacheImages(mapImages(films, (image) => preprocess(image)), { maxBytes: 4 * 2 ** 30 });
}

const seed = 9_101_000;
const films = graded(seed, 2400);
const train = augmentDataset(films, { seed, total: 3600, perEpoch: true });
const validation = graded(seed + 1, 400);
const model = buildXception({ classes: grades, seed, ...phantomNetwork, head: { dense: [], dropout: 0.2 } });
console.log(`${model.countParams()} parameters, ${train.length} training phantoms`);

const stage = { unfreeze: 'all', batchNorm: 'trained' } as const;
await fineTune(
  model,
  { train, validation },
  {
    seed,
    batchSize: 16,
    stages: [
      { ...stage, name: 'fast', epochs: 6, learningRate: 2e-3 },
      { ...stage, name: 'slow', epochs: 3, learningRate: 5e-4 },
      { ...stage, name: 'slower', epochs: 2, learningRate: 1e-4 },
    ],
    onEpoch: (log) =>
      console.log(
        `${log.stage} ${log.epoch}: loss ${log.loss.toFixed(3)}, accuracy ${log.accuracy.toFixed(3)}, ` +
          `validation ${log.validationLoss.toFixed(3)}, ${log.validationAccuracy.toFixed(3)}; ${log.seconds.toFixed(0)} s`,
      ),
    onStage: save,
  },
);

/** Keeps the backbone, in half precision. */
function save(): void {
  const backbone = modelWeights(model).filter(({ name }) => !name.startsWith('predictions/'));
  const arrays = new Map(backbone.map(({ name, shape, read }) => [name, array(read().dataSync() as Float32Array, shape)]));
  const bytes = writeSafetensors(arrays, { dtype: 'F16', metadata: { trained: 'scripts/pretrainPhantom.ts' } });
  writeFileSync(new URL('../examples/weights/phantom-xception.safetensors', import.meta.url), bytes);
  console.log(`${bytes.length} bytes written`);
}
