/**
 * Makes examples/weights/phantom-xception.safetensors, what the quickstart's network knows beforehand: a narrow,
 * shallow Xception trained on phantoms of other seeds and on other tasks. First it learns to locate: which cells of the
 * picture lie on a curve, which on a slip. Then it learns to grade: how large the Cobb angle or the slip is.
 *
 *   npx tsx scripts/pretrainPhantom.ts        (needs @tensorflow/tfjs-node: scripts/build-tfjs-node; half an hour)
 */
import { writeFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  applyAugmentation,
  ndarrayOf,
  buildXception,
  cacheImages,
  createRandom,
  drawAugmentation,
  fineTune,
  loadWeights,
  mapImages,
  preprocess,
  toChannels,
  useBackend,
  type Dataset,
  type Image,
  type NamedArrays,
  type Random,
  type Sample,
} from 'spine-xray-ml';
import { modelWeights, writeSafetensors } from 'spine-xray-ml/weights';
import { phantomDataset, phantomTruth, regionMask } from 'spine-xray-ml/phantom';
import { phantomNetwork } from '../examples/support/recipe.js';
import { planStage } from '../src/training/stage/plan.js';
import { readGraph } from '../src/network/index.js';
import { lossGradients } from '../src/training/gradients/index.js';

const tfjsNode = '@tensorflow/tfjs-node';
await import(tfjsNode);
await useBackend('tensorflow');

const side = 224;
const classes = ['normal', 'scoliosis', 'spondylolisthesis'];
const batchSize = 16;

const train = [...films(9101, 1200), ...films(9103, 900)];
const validation = films(9102, 300);
const located = await locate(10);
await grade(located, 5);

/** Phantoms, grey and preprocessed, kept in memory. */
function films(seed: number, total: number): Dataset {
  const dataset = phantomDataset({ seed, total });
  return cacheImages(
    mapImages(dataset, (image) => preprocess(image, { channels: 1 })),
    { maxBytes: 2 ** 30 },
  );
}

/** Trains the backbone under a 1×1 convolution that tells, cell by cell, background from curve from slip. */
async function locate(epochs: number): Promise<NamedArrays> {
  const backbone = buildXception({ classes, seed: 1, ...phantomNetwork, head: false });
  const cells = tfl.layers.conv2d({
    name: 'cells',
    filters: 3,
    kernelSize: 1,
    kernelInitializer: tfl.initializers.glorotUniform({ seed: 2 }),
  });
  const model = tfl.model({ inputs: backbone.inputs, outputs: cells.apply(backbone.outputs) as tfl.SymbolicTensor });
  const graph = readGraph(model);
  const plan = planStage(graph, model, {
    name: 'locate',
    unfreeze: 'all',
    epochs,
    learningRate: 1,
    batchNorm: 'trained',
  });
  const steps = Math.floor(train.length / batchSize);
  const optimizer = new tf.AdamOptimizer(0, 0.9, 0.999);
  const settable = optimizer as unknown as { learningRate: number };

  for (let epoch = 0; epoch < epochs; epoch++) {
    const order = createRandom(9, epoch).shuffle(train);
    let sum = 0;
    for (let step = 0; step < steps; step++) {
      // From 2e-3 down to 1e-5 along half a cosine.
      settable.learningRate = 1e-3 * (1 + Math.cos((Math.PI * (epoch * steps + step)) / (epochs * steps))) + 1e-5;
      const drawn = await Promise.all(
        order.slice(step * batchSize, (step + 1) * batchSize).map((sample) => drawLocated(sample, epoch)),
      );
      sum += tf.tidy(() => {
        const images = tf.stack(
          drawn.map(({ image }) => tf.tensor3d(contiguous(toChannels(image, 3)), [side, side, 3])),
        );
        const targets = tf.stack(drawn.map(({ mask, label }) => cellTargets(mask, label)));
        const values = new Map(
          plan.boundary.map((value) => [value, model.getLayer('input_range').call(images, {}) as tf.Tensor]),
        );
        const { loss, gradients } = lossGradients(values, graph.output, { plan, random: createRandom(1) }, (scores) => {
          const agreement: tf.Scalar = tf.mean(tf.sum(tf.mul(targets, tf.logSoftmax(scores)), -1));
          return tf.neg(agreement);
        });
        optimizer.applyGradients(plan.variables.map(({ name }, index) => ({ name, tensor: gradients[index]! })));
        return loss.dataSync()[0]!;
      });
    }
    console.log(`locate ${epoch + 1}: loss ${(sum / steps).toFixed(4)}`);
  }
  return weightsOf(backbone);
}

interface Located {
  readonly image: Image;
  readonly mask: Image;
  readonly label: string;
}

/** Half of the films as they are, half augmented, with the region of the finding moved along. */
async function drawLocated(sample: Sample, epoch: number): Promise<Located> {
  const image = await sample.load();
  const mask = ndarrayOf(Float32Array.from(regionMask(phantomTruth(sample).region, [side, side]).data), [
    side,
    side,
    1,
  ]);
  const random: Random = createRandom(77, sample.id, epoch);
  if (!random.chance(0.5)) return { image, mask, label: sample.label! };
  const drawn = drawAugmentation(random);
  return {
    image: applyAugmentation(image, drawn),
    mask: applyAugmentation(mask, { ...drawn, brightnessContrast: null }),
    label: sample.label!,
  };
}

/** [14, 14, 3]: the class of each cell of 16×16 pixels, rare ones weighing more. */
function cellTargets(mask: Image, label: string): tf.Tensor3D {
  const grid = side / 16;
  const covered = tf.reshape(tf.avgPool(tf.tensor3d(contiguous(mask), [side, side, 1]), 16, 16, 'valid'), [grid, grid]);
  const finding = tf.scalar(classes.indexOf(label), 'int32');
  const cell = tf.mul(tf.cast(tf.greater(covered, 0.25), 'int32'), finding);
  const weights = tf.tensor1d([1, 2, 6]);
  return tf.mul(tf.cast(tf.oneHot(cell, 3), 'float32'), weights);
}

function contiguous(image: Image): Float32Array {
  const [height, width, channels] = image.shape as [number, number, number];
  const values = new Float32Array(height * width * channels);
  let index = 0;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) for (let c = 0; c < channels; c++) values[index++] = image.get(y, x, c);
  return values;
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
      cacheBytes: 0,
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
        writeFileSync(new URL('../examples/weights/phantom-xception.safetensors', import.meta.url), bytes);
        console.log(`${bytes.length} bytes written`);
      },
    },
  );
}

function weightsOf(model: tfl.LayersModel): NamedArrays {
  return new Map(
    modelWeights(model).map(({ name, shape, read }) => [name, ndarrayOf(Float32Array.from(read().dataSync()), shape)]),
  );
}
