/**
 * Trains a small model in a process of its own, which a test may kill. Prints `ready` before it begins, and at its end
 * the history without times and a hash of each weight, as JSON.
 *
 *   node trainingChild.js <backend> <folder for the cache> [folder for checkpoints]
 */
import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { ndarrayOf, augmentDataset, buildXception, createRandom, fineTune, type Dataset } from 'spine-xray-ml';
import { modelWeights } from 'spine-xray-ml/weights';
import { folderStore } from 'spine-xray-ml/node';

const [backend = 'wasm', cache = 'out/cache', checkpoints] = process.argv.slice(2);
const side = 24;

const films: Dataset = Array.from({ length: 12 }, (_, index) => ({
  id: `film-${index}`,
  label: index % 2 === 0 ? 'left' : 'right',
  load: async () => {
    const random = createRandom(1, index);
    const bright = (x: number) => (index % 2 === 0) === x < side / 2;
    return ndarrayOf(
      Float32Array.from({ length: side * side * 3 }, (_, i) =>
        random.uniform(0, bright(Math.floor(i / 3) % side) ? 1 : 0.5),
      ),
      [side, side, 3],
    );
  },
}));

await tf.setBackend(backend);
const model = buildXception({
  classes: ['left', 'right'],
  seed: 1,
  width: 0.125,
  endBlock: 3,
  inputShape: [side, side, 3],
  head: { dense: [8], dropout: 0.3 },
});
console.log('ready');
const train = augmentDataset(films.slice(0, 8), { seed: 1, total: 16, perEpoch: true });
const history = await fineTune(
  model,
  { train, validation: films.slice(8) },
  {
    seed: 1,
    batchSize: 4,
    stages: [
      { name: 'head', unfreeze: 'head', epochs: 4, learningRate: 1e-2 },
      {
        name: 'last',
        unfreeze: { from: 'block3_sepconv1' },
        epochs: 6,
        learningRate: 1e-3,
        batchNorm: 'trained',
        averageWeights: { decay: 0.9 },
      },
    ],
    ...(checkpoints !== undefined && { checkpoint: folderStore(checkpoints) }),
    cache: { views: 2, bytes: 0, spill: folderStore(cache) },
  },
);

const weights = modelWeights(model).map(({ name, read }) => {
  const { buffer, byteOffset, byteLength } = read().dataSync();
  return [
    name,
    createHash('sha256')
      .update(new Uint8Array(buffer, byteOffset, byteLength))
      .digest('hex'),
  ];
});
console.log(
  JSON.stringify({
    weights,
    history: history.stages.map(({ epochs, ...stage }) => ({
      ...stage,
      epochs: epochs.map(({ seconds: _, ...epoch }) => epoch),
    })),
  }),
);
