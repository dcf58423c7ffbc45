/** What the page does with the browser's stores. */
import * as tf from '@tensorflow/tfjs-core';
import {
  ndarrayOf,
  buildXception,
  cacheStore,
  createRandom,
  fineTune,
  indexedDBStore,
  useBackend,
  type ByteStore,
  type Dataset,
} from 'spine-xray-ml';
import { modelWeights } from 'spine-xray-ml/weights';
import { breaches } from './storeLaws.js';

/** What training came to. */
export interface Trained {
  readonly losses: number[];
  /** A sum over the bits of all weights. */
  readonly weights: number;
  /** Epochs trained in this call. */
  readonly trained: number;
}

declare global {
  interface Window {
    stores?: {
      /** Holds a new store of the browser's to what every store is good for; gives what was not as it should be. */
      breaches(kind: 'indexedDB' | 'cacheStorage'): Promise<string[]>;
      /** Writes, reads, lists and removes; gives what was not as it should be. */
      exercise(): Promise<string[]>;
      lengthOfKept(): Promise<number | undefined>;
      /**
       * Trains on cpu, with checkpoints and results of frozen layers in a database if one is named; only begins to write
       * the checkpoint after `stopAfter` others, and goes no further.
       */
      train(database: string | undefined, stopAfter?: number): Promise<Trained>;
      /** Whether training waits for the page to be taken away. */
      isStopped(): boolean;
      entries(database: string): Promise<readonly string[]>;
    };
  }
}

/** Bytes of which only the first part can be copied, as where memory ends. */
function unreadable(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.subarray = (start = 0, end) => {
    if (start > 0) throw new RangeError('Array buffer allocation failed');
    return Uint8Array.prototype.subarray.call(bytes, start, end) as Uint8Array<ArrayBuffer>;
  };
  return bytes;
}

let isStopped = false;

function stopping(store: ByteStore, after: number): ByteStore {
  let written = 0;
  return {
    ...store,
    write: (name, bytes, how) => {
      const writing = store.write(name, bytes, how);
      if (name !== 'checkpoint.safetensors' || written++ < after) return writing;
      isStopped = true;
      return new Promise(() => undefined);
    },
  };
}

window.stores = {
  async breaches(kind) {
    await useBackend('cpu');
    return breaches(kind === 'indexedDB' ? indexedDBStore('laws') : cacheStore('laws'));
  },

  async exercise() {
    const problems: string[] = [];
    const expect = (what: string, ok: boolean) => void (ok || problems.push(what));
    const store = indexedDBStore('exercise');
    const bytes = (length: number, first: number) => Uint8Array.from({ length }, (_, index) => (first + index) % 251);
    const same = (a: Uint8Array | undefined, b: Uint8Array) =>
      a !== undefined && a.length === b.length && a.every((value, index) => value === b[index]);
    expect('a name that is not there has bytes', (await store.read('none')) === undefined);
    // Several pieces, then fewer: none of the older ones may stay.
    for (const length of [0, 3, 40_000_000, 17_000_000, 5, 40_000_001]) {
      await store.write('entry', bytes(length, length), { durable: length % 2 === 0 });
      expect(`${length} bytes came back as others`, same(await store.read('entry'), bytes(length, length)));
    }
    const before = bytes(40_000_001, 40_000_001);
    await store.write('entry', unreadable(40_000_000)).then(
      () => problems.push('what cannot be read was written'),
      () => undefined,
    );
    expect('a write that failed took the entry', same(await store.read('entry'), before));
    await Promise.all(['entry.1', 'entry-2', 'e'].map((name, index) => store.write(name, bytes(index, 0))));
    expect('the list is wrong', [...(await store.list())].sort().join() === 'e,entry,entry-2,entry.1');
    for (const name of ['e', 'entry.1', 'never']) await store.remove(name);
    expect('removed names are still there', [...(await store.list())].sort().join() === 'entry,entry-2');
    await store.write('../entry', bytes(1, 0)).then(
      () => problems.push('a bad name was taken'),
      () => undefined,
    );
    expect('another database has the same entries', (await indexedDBStore('another').list()).length === 0);
    await new Promise((resolve, reject) => {
      const request = indexedDB.deleteDatabase('another');
      request.onsuccess = resolve;
      request.onerror = request.onblocked = () => reject(new Error('the database cannot be deleted'));
    });
    return problems;
  },

  lengthOfKept: async () => (await indexedDBStore('exercise').read('entry'))?.length,

  async train(database, stopAfter = Infinity) {
    await useBackend('cpu');
    const model = buildXception({
      classes: ['left', 'right'],
      seed: 1,
      width: 0.125,
      endBlock: 3,
      inputShape: [24, 24, 3],
      head: { dense: [8], dropout: 0.3 },
    });
    const films = noise(8);
    let trained = 0;
    const { stages } = await fineTune(
      model,
      { train: films.slice(0, 6), validation: films.slice(6) },
      {
        seed: 1,
        batchSize: 2,
        stages: [
          { name: 'head', unfreeze: 'head', epochs: 2, learningRate: 1e-2 },
          { name: 'last', unfreeze: { from: 'block3_sepconv2' }, epochs: 3, learningRate: 1e-3, batchNorm: 'trained' },
        ],
        ...(database !== undefined && {
          checkpoint: stopping(indexedDBStore(database), stopAfter),
          cache: { bytes: 0, spill: indexedDBStore(database) },
        }),
        onEpoch: () => void trained++,
      },
    );
    let weights = 0;
    for (const { read } of modelWeights(model)) {
      for (const bits of new Int32Array(Float32Array.from(await read().data()).buffer))
        weights = (Math.imul(weights, 31) + bits) | 0;
    }
    model.dispose();
    tf.disposeVariables();
    return {
      losses: stages.flatMap(({ epochs: logs }) => logs.flatMap(({ loss, validationLoss }) => [loss, validationLoss])),
      weights,
      trained,
    };
  },

  isStopped: () => isStopped,
  entries: (database) => indexedDBStore(database).list(),
};

function noise(total: number): Dataset {
  const side = 24;
  return Array.from({ length: total }, (_, index) => {
    const random = createRandom(3, index);
    const pixels = Float32Array.from({ length: side * side * 3 }, (_, i) =>
      random.uniform(0, (index % 2 === 0) === Math.floor(i / 3) % side < side / 2 ? 1 : 0.5),
    );
    return {
      id: `film-${index}`,
      label: index % 2 === 0 ? 'left' : 'right',
      load: async () => ndarrayOf(pixels, [side, side, 3]),
    };
  });
}
