/** Trains one step and predicts, on the backend that the test asks for. The library is the packed one. */
import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-webgl';
import '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  buildXception,
  chooseBackend,
  createRandom,
  fetchWeights,
  fineTune,
  imageFromPixels,
  isSpineError,
  loadWeights,
  predictDataset,
  preprocess,
  useBackend,
  type BackendReport,
  type ChooseBackendOptions,
  type Dataset,
  type WeightFile,
} from 'spine-xray-ml';
import { onLiveBackend, requireLiveWeights, restartBackend } from 'spine-xray-ml/backend';
import { exportWeights } from 'spine-xray-ml/weights';
import * as metrics from 'spine-xray-ml/metrics';
import * as phantom from 'spine-xray-ml/phantom';
import * as report from 'spine-xray-ml/report';
import { loseDevice } from './loseDevice.js';
import './resuming.js';
import './stores.js';

/** What a backend made of it. */
export interface Outcome {
  readonly backend: string;
  readonly before: number[];
  readonly loss: number;
  readonly after: number[];
  /** What the trained model predicts when it was saved and loaded by tfjs alone. */
  readonly reloaded: number[];
  readonly leakedTensors: number;
}

/** What came of losing a backend. */
export interface Loss {
  readonly before: number[];
  /** The error of the work that was cut off, as code and message. */
  readonly error: string;
  /** The error of asking for the weights afterwards. */
  readonly weights: string;
  readonly report: BackendReport;
  /** Predictions with the weights saved before, on the backend chosen then. */
  readonly elsewhere: number[];
  /** And on the lost one, started anew. */
  readonly restarted: number[];
}

/** What came of fetching weights. */
export interface Fetched {
  /** Names of the arrays, or the error's code and reason. */
  readonly names?: string[];
  readonly error?: string;
  /** The entries of the page's Cache Storage. */
  readonly kept: string[];
}

/** What is compared of a layer's output. */
export interface ImageNetActivation {
  readonly channelMeans: readonly number[];
  /** The first channels at row 3, column 4. */
  readonly pixel: readonly number[];
}

declare global {
  interface Window {
    trainAndPredict?: (backend: string) => Promise<Outcome>;
    chooseInPage?: (options: ChooseBackendOptions) => Promise<BackendReport>;
    loseBackend?: (backend: string) => Promise<Loss>;
    fetchInPage?: (file: WeightFile) => Promise<Fetched>;
    /** Xception with ImageNet weights from `url`, at some layers, of the image that the reference is of. */
    imageNetActivations?: (
      backend: string,
      url: string,
      layers: readonly string[],
    ) => Promise<readonly ImageNetActivation[]>;
    /** Keeps each subpath in the bundle, so that one which needs Node would fail to build or to load. */
    subpaths?: readonly number[];
  }
}

window.subpaths = [metrics, phantom, report].map((module) => Object.keys(module).length);

window.trainAndPredict = async (backend) => {
  await useBackend(backend);
  const dataset = noise(['left', 'right'], 8);
  const model = buildXception({
    classes: ['left', 'right'],
    seed: 1,
    inputShape: [64, 64, 3],
    width: 0.25,
    endBlock: 4,
  });
  const tensors = tf.memory().numTensors;
  const before = await predictDataset(model, dataset);
  const history = await fineTune(
    model,
    { train: dataset, validation: dataset },
    {
      seed: 2,
      batchSize: 8,
      stages: [{ name: 'all', unfreeze: 'all', epochs: 1, learningRate: 1e-2, batchNorm: 'trained' }],
    },
  );
  const after = await predictDataset(model, dataset);
  const leakedTensors = tf.memory().numTensors - tensors;
  await model.save(`indexeddb://${backend}`);
  const reloaded = await predictDataset(await tfl.loadLayersModel(`indexeddb://${backend}`), dataset);
  return {
    backend: tf.getBackend(),
    before: [...before.probabilities.data],
    loss: history.stages[0]?.epochs[0]?.loss ?? NaN,
    after: [...after.probabilities.data],
    reloaded: [...reloaded.probabilities.data],
    leakedTensors,
  };
};

window.chooseInPage = chooseBackend;

window.loseBackend = async (backend) => {
  await useBackend(backend);
  const dataset = noise(['left', 'right'], 4);
  const model = buildXception({
    classes: ['left', 'right'],
    seed: 1,
    inputShape: [64, 64, 3],
    width: 0.25,
    endBlock: 3,
  });
  const saved = await exportWeights(model);
  const predicted = async () => [...(await predictDataset(model, dataset)).probabilities.data];
  const errorOf = async (work: () => unknown) => {
    try {
      await work();
      return 'none';
    } catch (error) {
      return isSpineError(error) ? `${error.code}: ${error.message}` : `other: ${String(error)}`;
    }
  };
  const before = await predicted();
  const error = await errorOf(() =>
    onLiveBackend(() => {
      const step = predicted();
      loseDevice();
      return step;
    }),
  );
  const report = await chooseBackend();
  const weights = await errorOf(() => requireLiveWeights(model));
  loadWeights(model, saved);
  const elsewhere = await predicted();
  await restartBackend(backend);
  loadWeights(model, saved);
  const restarted = await predicted();
  return { before, error, weights, report, elsewhere, restarted };
};

window.imageNetActivations = async (backend, url, layers) => {
  await useBackend(backend);
  const side = 224;
  const model = buildXception({ classes: 3, seed: 1, head: false });
  loadWeights(model, await fetchWeights({ url }), { strict: false });
  const probe = tfl.model({
    inputs: model.inputs,
    outputs: layers.map((name) => model.getLayer(name).output as tfl.SymbolicTensor),
  });
  const pixels = Float32Array.from({ length: side * side * 3 }, (_, index) => {
    const [y, x, c] = [Math.floor(index / (3 * side)), Math.floor(index / 3) % side, index % 3];
    return ((7 * y + 13 * x + 29 * c) % 256) / 255;
  });
  const outputs = probe.predict(tf.tensor4d(pixels, [1, side, side, 3])) as tf.Tensor4D[];
  const activations = [];
  for (const output of outputs) {
    const means = await tf.mean(output, [0, 1, 2]).data();
    const pixel = await tf.slice(output, [0, 3, 4, 0], [1, 1, 1, 8]).data();
    activations.push({ channelMeans: [...means.subarray(0, 8)], pixel: [...pixel] });
  }
  tf.disposeVariables();
  return activations;
};

window.fetchInPage = async (file) => {
  const kept = async () => (await (await caches.open('spine-xray-ml')).keys()).map(({ url }) => url);
  try {
    const weights = await fetchWeights(file, { retries: 1, retryDelay: 0.01 });
    return { names: [...weights.keys()], kept: await kept() };
  } catch (error) {
    if (!isSpineError(error)) throw error;
    const reason = error.code === 'download-failed' ? error.details.reason : '';
    return { error: `${error.code} ${reason}`.trim(), kept: await kept() };
  }
};

/** Noise, brighter on the side that the label names. */
function noise(labels: readonly string[], total: number): Dataset {
  const side = 80;
  return Array.from({ length: total }, (_, index) => {
    const label = labels[index % labels.length] as string;
    const random = createRandom(3, index);
    const bright = (x: number) => (label === 'left') === x < side / 2;
    const pixels = Uint8Array.from({ length: side * side }, (_, i) => random.integer(0, bright(i % side) ? 255 : 100));
    const image = imageFromPixels(pixels, { width: side, height: side, channels: 1 });
    return { id: `${label}-${index}`, label, load: async () => preprocess(image, { size: [64, 64] }) };
  });
}
