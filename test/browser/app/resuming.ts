/** Loses the backends that a run trains on, one after the other, and lets the run go on from its checkpoint on the next. */
import * as tf from '@tensorflow/tfjs-core';
import {
  ndarrayOf,
  buildXception,
  chooseBackend,
  createRandom,
  fineTune,
  indexedDBStore,
  isSpineError,
  loadWeights,
  useBackend,
  type BackendReport,
  type Dataset,
  type History,
} from 'spine-xray-ml';
import { exportWeights } from 'spine-xray-ml/weights';
import { loseDevice } from './loseDevice.js';

/** When the device goes: at the end of the first stage, or in an epoch of the second whose first ones are in the checkpoint. */
export type MomentOfLoss =
  'after a batch' | 'while a film is read' | 'while work is under way' | 'while a checkpoint is written';

/** What a run is to meet with. */
export interface Course {
  /** The backend that it begins on; another one is chosen at each loss. */
  readonly first: string;
  /** How it is lost; once for each backend that is to go. */
  readonly losses: readonly MomentOfLoss[];
  /** Whether the model is built anew after a loss, or gets the weights that it began with. */
  readonly after: 'build' | 'load';
  /** Whether results of frozen layers are kept, or frozen layers run in each epoch. */
  readonly keepsFrozen: boolean;
}

/** An attempt at the run, on one backend. */
export interface Attempt {
  readonly backend: string;
  /** Of an attempt that was cut off: the error as code and message. */
  readonly error?: string;
  /** Each update as stage, epoch and batch. */
  readonly batches: readonly string[];
  /** Epochs that were reported, as JSON. */
  readonly epochs: readonly string[];
  /** How many of them are in the checkpoint. */
  readonly kept: number;
  /** What the database holds after it. */
  readonly entries: readonly string[];
  /** Tensors that there are more after it than when it began. */
  readonly leakedTensors: number;
  /** How the next backend was chosen. */
  readonly report?: BackendReport;
}

/** What the run came to. */
export interface Resumed {
  readonly attempts: readonly Attempt[];
  readonly epochs: readonly string[];
  readonly bestEpochs: readonly number[];
  readonly weights: Readonly<Record<string, readonly number[]>>;
  /** Tensors left after the last model was disposed. */
  readonly leftTensors: number;
}

declare global {
  interface Window {
    /** Trains with a checkpoint in a new database. */
    resume?: (course: Course) => Promise<Resumed>;
  }
}

const classes = ['left', 'right'];
const build = () =>
  buildXception({
    classes,
    seed: 1,
    width: 0.125,
    endBlock: 3,
    inputShape: [24, 24, 3],
    head: { dense: [8], dropout: 0.3 },
  });

window.resume = async ({ first, losses, after, keepsFrozen }) => {
  await useBackend(first);
  const database = `resume-${crypto.randomUUID()}`;
  const films = noise(28);
  const tensorsBefore = tf.memory().numTensors;
  const attempts: Attempt[] = [];
  let model = build();
  const initial = await exportWeights(model);
  let history: History | undefined;
  while (!history) {
    const moment = losses[attempts.length];
    // Each loss comes one epoch later than the one before, so that the run gets on.
    const dueEpoch = 2 + attempts.length;
    const batches: string[] = [];
    const epochs: string[] = [];
    let kept = 0;
    const lose = (now: MomentOfLoss, isDue: boolean) => void (moment === now && isDue && loseDevice());
    const isInEpoch = () => batches.at(-1) === `last ${dueEpoch} 2`;
    const store = indexedDBStore(database);
    const train = watched(films.slice(0, 24), () => lose('while a film is read', isInEpoch()));
    const backend = tf.getBackend();
    const tensors = tf.memory().numTensors;
    let lost: { readonly error: string; readonly report: BackendReport } | undefined;
    try {
      history = await fineTune(
        model,
        { train, validation: films.slice(24) },
        {
          seed: 1,
          batchSize: 4,
          stages: [
            { name: 'head', unfreeze: 'head', epochs: 2, learningRate: 1e-2 },
            { name: 'last', unfreeze: { from: 'block3_sepconv1' }, epochs: 4, learningRate: 1e-3 },
          ],
          ...(!keepsFrozen && { cache: { bytes: 0 } }),
          checkpoint: {
            ...store,
            write: async (name, bytes, how) => {
              lose('while a checkpoint is written', batches.at(-1) === `last ${dueEpoch} 6`);
              await store.write(name, bytes, how);
              kept = epochs.length;
            },
          },
          onBatch: ({ stage, epoch, batch }) => {
            batches.push(`${stage} ${epoch} ${batch}`);
            lose('after a batch', isInEpoch());
            if (isInEpoch()) setTimeout(() => lose('while work is under way', true), 1);
          },
          onEpoch: (log) => void epochs.push(JSON.stringify(log)),
        },
      );
    } catch (error) {
      if (!isSpineError(error, 'backend-lost'))
        throw new Error(`${backend}, lost ${moment}: ${String(error)}`, { cause: error });
      lost = { error: `${error.code}: ${error.message}`, report: await chooseBackend() };
    }
    attempts.push({
      backend,
      batches,
      epochs,
      kept,
      entries: await store.list(),
      leakedTensors: tf.memory().numTensors - tensors,
      ...lost,
    });
    if (!lost) break;
    if (after === 'load') loadWeights(model, initial);
    else {
      model.dispose();
      model = build();
    }
  }
  if (!history) throw new Error('the run did not end');
  const trained = await exportWeights(model);
  model.dispose();
  const leftTensors = tf.memory().numTensors - tensorsBefore;
  indexedDB.deleteDatabase(database);
  return {
    attempts,
    epochs: history.stages.flatMap(({ name, epochs }) => epochs.map((log) => JSON.stringify({ ...log, stage: name }))),
    bestEpochs: history.stages.map(({ bestEpoch }) => bestEpoch),
    weights: Object.fromEntries([...trained].map(([name, { data }]) => [name, Array.from(data as ArrayLike<number>)])),
    leftTensors,
  };
};

function watched(films: Dataset, onRead: () => void): Dataset {
  return films.map((film) => ({
    ...film,
    load: (options) => {
      onRead();
      return film.load(options);
    },
  }));
}

/** Noise, brighter on the side that the label names. */
function noise(total: number): Dataset {
  const side = 24;
  return Array.from({ length: total }, (_, index) => {
    const random = createRandom(3, index);
    const pixels = Float32Array.from({ length: side * side * 3 }, (_, i) =>
      random.uniform(0, (index % 2 === 0) === Math.floor(i / 3) % side < side / 2 ? 1 : 0.5),
    );
    return {
      id: `film-${index}`,
      label: classes[index % 2] as string,
      load: async () => ndarrayOf(pixels, [side, side, 3]),
    };
  });
}
