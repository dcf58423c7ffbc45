/**
 * Makes examples/weights/phantom-xception.safetensors, what the quickstart's network knows beforehand: a narrow,
 * shallow Xception trained on phantoms of other seeds and on other tasks. First it learns to locate: which cells of the
 * picture lie on a curve, which on a slip. Then it learns to grade: how large the Cobb angle or the slip is.
 *
 *   npx tsx scripts/pretrainPhantom.ts        (needs @tensorflow/tfjs-node: scripts/build-tfjs-node; half an hour)
 *   npx tsx scripts/pretrainPhantom.ts --films 32 --epochs 1 --backend wasm        (a trial of the script: writes nothing)
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  applyAugmentation,
  buildXception,
  cacheImages,
  createRandom,
  drawAugmentation,
  fineTune,
  loadWeights,
  mapImages,
  ndarrayOf,
  preprocess,
  toChannels,
  type Augmentation,
  type Dataset,
  type Image,
  type NamedArrays,
  type Objective,
  type Sample,
} from 'spine-xray-ml';
import { modelWeights, writeSafetensors } from 'spine-xray-ml/weights';
import { phantomDataset, phantomTruth, regionMask } from 'spine-xray-ml/phantom';
import { startBackend } from '../examples/support/backend.js';
import { phantomNetwork } from '../examples/support/recipe.js';

const { values: given } = parseArgs({
  options: {
    backend: { type: 'string', default: 'tensorflow' },
    films: { type: 'string' },
    epochs: { type: 'string', default: '10' },
  },
});
const isTrial = given.films !== undefined;
await startBackend(given.backend);

const side = 224;
const cell = 16;
const grid = side / cell;
const classes = ['normal', 'scoliosis', 'spondylolisthesis'];
const batchSize = 16;

const train = [...films(9101, 1200), ...films(9103, 900)];
const validation = films(9102, 300);
const located = await locate(Number(given.epochs));
await grade(located, 5);

/** Phantoms, grey and preprocessed, kept in memory. */
function films(seed: number, total: number): Dataset {
  const dataset = phantomDataset({ seed, total: given.films === undefined ? total : Number(given.films) });
  return cacheImages(
    mapImages(dataset, (image) => preprocess(image, { channels: 1 })),
    { maxBytes: 2 ** 30 },
  );
}

/** Trains the backbone under a 1×1 convolution that tells, cell by cell, background from curve from slip. */
async function locate(epochs: number): Promise<NamedArrays> {
  const backbone = buildXception({ seed: 1, ...phantomNetwork, head: false });
  const cells = tfl.layers.conv2d({
    name: 'cells',
    filters: classes.length,
    kernelSize: 1,
    kernelInitializer: tfl.initializers.glorotUniform({ seed: 2 }),
  });
  const model = tfl.model({ inputs: backbone.inputs, outputs: cells.apply(backbone.outputs) as tfl.SymbolicTensor });
  await fineTune(
    model,
    { train: train.map(drawnAnew), validation: [] },
    {
      seed: 9,
      batchSize,
      objective: findings(),
      cache: { bytes: 0 },
      stages: [
        {
          name: 'locate',
          unfreeze: 'all',
          batchNorm: 'trained',
          epochs,
          learningRate: 2e-3 + 1e-5,
          schedule: { kind: 'cosine', minimum: 1e-5 },
        },
      ],
      onEpoch: ({ epoch, loss, cellsFound, seconds }) =>
        console.log(
          `locate ${epoch}: loss ${loss.toFixed(4)}, ${(100 * cellsFound).toFixed(1)} % of the cells, ${seconds.toFixed(0)} s`,
        ),
    },
  );
  return weightsOf(backbone);
}

/** What is in each cell of a film: nothing, a curve or a slip. Of logits [n, 14, 14, 3]. */
function findings(): Objective<'cellsFound'> {
  return {
    name: 'findings by cell',
    prepare: () => ({
      head: ['cells'],
      targetShape: [grid, grid, classes.length],
      targetOf: (sample, { epoch }) => cellTargets(regionAsDrawn(sample, epoch), sample.label!),
      loss: (scores, targets) => tf.neg(tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(scores)), -1), [1, 2])),
      measures: {
        cellsFound: (scores, targets) =>
          tf.mean(tf.cast(tf.equal(tf.argMax(scores, -1), tf.argMax(targets, -1)), 'float32'), [1, 2]),
      },
    }),
  };
}

/** The change of a film in an epoch: half of them stay as they are. */
function drawnFor({ id }: Sample, epoch: number): Augmentation | undefined {
  const random = createRandom(77, id, epoch);
  return random.chance(0.5) ? drawAugmentation(random) : undefined;
}

/** A film that is another in each epoch. */
function drawnAnew(sample: Sample): Sample {
  return {
    ...sample,
    perEpoch: true,
    load: async (how = {}) => {
      const image = await sample.load(how);
      const drawn = drawnFor(sample, how.epoch ?? 0);
      return toChannels(drawn ? applyAugmentation(image, drawn) : image, 3);
    },
  };
}

/** Where the finding is in the film as it is drawn in an epoch, [224, 224, 1]. */
function regionAsDrawn(sample: Sample, epoch: number): Image {
  const { data } = regionMask(phantomTruth(sample).region, [side, side]);
  const mask = ndarrayOf(Float32Array.from(data), [side, side, 1]);
  const drawn = drawnFor(sample, epoch);
  return drawn ? applyAugmentation(mask, { ...drawn, brightnessContrast: null }) : mask;
}

/** [14, 14, 3]: the class of each cell of 16×16 pixels, rare ones weighing more. */
function cellTargets(mask: Image, label: string): Float32Array {
  const weights = [1, 2, 6];
  const targets = new Float32Array(grid * grid * classes.length);
  for (let index = 0; index < grid * grid; index++) {
    const [top, left] = [Math.floor(index / grid) * cell, (index % grid) * cell];
    const found = coveredShare(mask, top, left) > 0.25 ? classes.indexOf(label) : 0;
    targets[index * classes.length + found] = weights[found]!;
  }
  return targets;
}

/** How much of a cell a mask covers. */
function coveredShare(mask: Image, top: number, left: number): number {
  let sum = 0;
  for (let y = top; y < top + cell; y++) for (let x = left; x < left + cell; x++) sum += mask.get(y, x, 0);
  return sum / cell ** 2;
}

/** Trains the whole network to grade, from what it learned by locating, and keeps its backbone. */
async function grade(start: NamedArrays, epochs: number): Promise<void> {
  const grades = [
    'normal',
    'mild curve',
    'moderate curve',
    'severe curve',
    'mild slip',
    'moderate slip',
    'severe slip',
  ];
  const gradeOf = ({ label, meta }: Sample): string => {
    const cobbAngle = Number(meta?.['cobbAngle']);
    const slip = Number(meta?.['slip']);
    if (label === 'scoliosis')
      return cobbAngle < 25 ? 'mild curve' : cobbAngle < 40 ? 'moderate curve' : 'severe curve';
    if (label === 'spondylolisthesis') return slip < 30 ? 'mild slip' : slip < 45 ? 'moderate slip' : 'severe slip';
    return 'normal';
  };
  const graded = (dataset: Dataset) =>
    mapImages(
      dataset.map((sample) => ({ ...sample, label: gradeOf(sample) })),
      (image) => preprocess(image, { normalize: 'none' }),
    );
  const model = buildXception({ classes: grades, seed: 3, ...phantomNetwork, head: { dense: [], dropout: 0.2 } });
  loadWeights(model, start, { strict: false });
  await fineTune(
    model,
    { train: graded(train), validation: graded(validation) },
    {
      seed: 4,
      batchSize,
      cache: { bytes: 0 },
      stages: [
        { name: 'grade: head', unfreeze: 'head', epochs: 2, learningRate: 5e-3 },
        { name: 'grade', unfreeze: 'all', batchNorm: 'trained', epochs: epochs - 2, learningRate: 5e-4 },
        { name: 'grade slowly', unfreeze: 'all', batchNorm: 'trained', epochs: 2, learningRate: 1e-4 },
      ],
      onEpoch: (log) =>
        console.log(
          `${log.stage} ${log.epoch}: loss ${log.loss.toFixed(3)}, validation loss ${log.validationLoss.toFixed(3)}, accuracy ${log.validationAccuracy.toFixed(3)}`,
        ),
      onStage: () => {
        const backbone = new Map([...weightsOf(model)].filter(([name]) => !name.startsWith('predictions/')));
        const bytes = writeSafetensors(backbone, { dtype: 'F16', metadata: { trained: 'scripts/pretrainPhantom.ts' } });
        if (!isTrial)
          writeFileSync(new URL('../examples/weights/phantom-xception.safetensors', import.meta.url), bytes);
        console.log(`${bytes.length} bytes ${isTrial ? 'not written' : 'written'}`);
      },
    },
  );
}

function weightsOf(model: tfl.LayersModel): NamedArrays {
  return new Map(
    modelWeights(model).map(({ name, shape, read }) => [name, ndarrayOf(Float32Array.from(read().dataSync()), shape)]),
  );
}
