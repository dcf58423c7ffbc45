/**
 * What every store must be good for. Runs in a page over the browser's stores and in Node over the others, on the backend
 * that is set (cpu). Each law gives what was not as it should be, and leaves what it wrote in the store.
 */
import * as tf from '@tensorflow/tfjs-core';
import * as tfl from '@tensorflow/tfjs-layers';
import {
  buildXception,
  createRandom,
  fetchWeights,
  fineTune,
  ndarrayOf,
  storeHandler,
  type ByteStore,
  type Dataset,
  type FineTuneOptions,
} from 'spine-xray-ml';
import { modelWeights, writeSafetensors } from 'spine-xray-ml/weights';

type Expect = (what: string, ok: boolean) => void;

const laws: Readonly<Record<string, (store: ByteStore, expect: Expect) => Promise<void>>> = {
  async 'entries are written, read, listed and removed'(store, expect) {
    expect('a name that is not there has bytes', (await store.read('none')) === undefined);
    for (const length of [0, 3, 70_000, 5]) {
      await store.write('entry', counting(length), { durable: length % 2 === 0 });
      expect(`${length} bytes came back as others`, same(await store.read('entry'), counting(length)));
    }
    const mine = counting(9);
    await store.write('entry', mine);
    mine.fill(0);
    (await store.read('entry'))?.fill(0);
    expect('the store shares its bytes', same(await store.read('entry'), counting(9)));
    await Promise.all(['entry.1', 'entry-2', '_e'].map((name, index) => store.write(name, counting(index))));
    expect('the list is wrong', (await names(store, /^_?e/)) === '_e,entry,entry-2,entry.1');
    for (const name of ['_e', 'entry.1', 'never']) await store.remove(name);
    expect('removed names are still there', (await names(store, /^_?e/)) === 'entry,entry-2');
    for (const name of ['', '.hidden', '../up', 'a/b', 'a b'])
      await store.write(name, counting(1)).then(
        () => expect(`the name ${JSON.stringify(name)} was taken`, false),
        () => undefined,
      );
  },

  async 'a run that was stopped goes on from its checkpoint, to the bit'(store, expect) {
    const whole = await train({});
    const stop = new AbortController();
    await train({ checkpoint: store, signal: stop.signal }, (epochs) => epochs === 2 && stop.abort(new Error('stop')))
      .then(() => expect('the run was not stopped', false))
      .catch((error: unknown) => expect(String(error), (error as Error).message === 'stop'));
    expect('there is no checkpoint', (await store.list()).includes('checkpoint.safetensors'));
    const resumed = await train({ checkpoint: store });
    expect('it did not end as one never stopped', resumed.outcome === whole.outcome);
    expect(`it trained ${resumed.epochs} epochs`, resumed.epochs > 0 && resumed.epochs < whole.epochs);
  },

  async 'results of frozen layers lie in it and come back'(store, expect) {
    const written: string[] = [];
    const watched: ByteStore = {
      ...store,
      write: (name, bytes, how) => (written.push(name), store.write(name, bytes, how)),
    };
    const spilled = await train({ cache: { bytes: 0, spill: watched } });
    expect('the results differ', spilled.outcome === (await train({})).outcome);
    expect('nothing was kept', written.length > 0);
    const left = (await store.list()).filter((name) => written.includes(name));
    expect(`${left.join()} is left`, left.length === 0);
  },

  async 'models are saved side by side, loaded and replaced'(store, expect) {
    // The first two are the same to the byte: each must have shards of its own.
    const models = [smallModel(2), smallModel(2), smallModel(4)] as const;
    const load = (name?: string) => tfl.loadLayersModel(storeHandler(store, name === undefined ? {} : { name }));
    await models[0].save(storeHandler(store));
    await models[1].save(storeHandler(store, { name: 'other' }));
    expect('the first model differs', predict(await load()) === predict(models[0]));
    expect('the second model differs', predict(await load('other')) === predict(models[1]));
    await models[2].save(storeHandler(store));
    expect('the new model differs', predict(await load()) === predict(models[2]));
    expect('its neighbour has changed', predict(await load('other')) === predict(models[1]));
    expect('shards are left', (await names(store, /\.bin$/)).split(',').length === 2);

    // Fails at the last entry of all.
    const failing: ByteStore = {
      ...store,
      write: (name, bytes) => (name === 'model.json' ? Promise.reject(new Error('full')) : store.write(name, bytes)),
    };
    await models[0].save(storeHandler(failing)).then(
      () => expect('a save that failed was none', false),
      (error: { code?: unknown }) => expect('the failure is no write-failed', error.code === 'write-failed'),
    );
    expect('a save that failed took the old model', predict(await load()) === predict(models[2]));
    expect('a save that failed left shards', (await names(store, /\.bin$/)).split(',').length === 2);
    await load('absent').then(
      () => expect('an absent model was loaded', false),
      (error: { code?: unknown }) => expect('the failure is no file-missing', error.code === 'file-missing'),
    );
  },

  async 'downloads are kept, verified and fetched once'(store, expect) {
    const weights = writeSafetensors(new Map([['layer/kernel', ndarrayOf(Float32Array.of(1, 2), [2])]]));
    let requests = 0;
    const fetch = async () => (requests++, new Response(weights.slice()));
    const url = 'https://films.example/model.safetensors';
    const get = async () => {
      const arrays = await fetchWeights({ url }, { cache: store, fetch });
      expect('other weights came', arrays.get('layer/kernel')?.get(1) === 2);
    };
    await get();
    await get();
    expect(`${requests} requests for a file that is kept`, requests === 1);
    const kept = (await store.list()).find((name) => name.endsWith('.model.safetensors'));
    expect('the file is not kept under its name', kept !== undefined);
    await store.write(kept!, counting(weights.length));
    await get();
    expect('a damaged file was not fetched again', requests === 2);
    expect('a damaged file was not replaced', same(await store.read(kept!), weights));
  },
};

/** Holds one store to all laws, one after another, and to having kept everything apart. Gives what was broken. */
export async function breaches(store: ByteStore): Promise<string[]> {
  const broken: string[] = [];
  for (const [law, holds] of Object.entries(laws))
    await holds(store, (what, ok) => void (ok || broken.push(`${law}: ${what}`))).catch((error: unknown) =>
      broken.push(`${law}: ${String(error)}`),
    );
  const all = await names(store, /^(checkpoint|entry$|model|other)/);
  const wanted = ['checkpoint.safetensors', 'entry', 'model.json', 'other.json'];
  if (!wanted.every((name) => all.split(',').includes(name))) broken.push(`one store for all of them: it has ${all}`);
  tf.disposeVariables();
  return broken;
}

const counting = (length: number) => Uint8Array.from({ length }, (_, index) => (length + index) % 251);

const same = (a: Uint8Array | undefined, b: Uint8Array) =>
  a !== undefined && a.length === b.length && a.every((value, index) => value === b[index]);

const names = async (store: ByteStore, pattern: RegExp) =>
  (await store.list())
    .filter((name) => pattern.test(name))
    .sort()
    .join();

/** A run of two stages: its losses and weights as text, and the epochs that it trained. */
async function train(more: Partial<FineTuneOptions>, onEpoch: (epochs: number) => void = () => undefined) {
  const model = buildXception({
    classes: ['left', 'right'],
    seed: 1,
    width: 0.125,
    endBlock: 2,
    inputShape: [24, 24, 3],
  });
  const films = noise(6);
  let epochs = 0;
  const { stages } = await fineTune(
    model,
    { train: films.slice(0, 4), validation: films.slice(4) },
    {
      seed: 1,
      batchSize: 2,
      stages: [{ name: 'head', unfreeze: 'head', epochs: 3, learningRate: 1e-2 }],
      onEpoch: () => onEpoch(++epochs),
      ...more,
    },
  );
  const weights: number[] = [];
  for (const { read } of modelWeights(model)) weights.push(...(await read().data()));
  const losses = stages.flatMap(({ epochs: logs }) => logs.map(({ loss, validationLoss }) => [loss, validationLoss]));
  return { outcome: JSON.stringify([losses, weights]), epochs };
}

function smallModel(units: number): tfl.LayersModel {
  const kernelInitializer = tfl.initializers.glorotUniform({ seed: units });
  return tfl.sequential({ layers: [tfl.layers.dense({ inputShape: [3], units, kernelInitializer })] });
}

const predict = (model: tfl.LayersModel) =>
  tf.tidy(() => (model.predict(tf.ones([1, 3])) as tf.Tensor).dataSync().join());

function noise(total: number): Dataset {
  const side = 24;
  return Array.from({ length: total }, (_, index) => {
    const random = createRandom(3, index);
    const pixels = Float32Array.from({ length: side * side * 3 }, () => random.uniform(0, 1));
    const label = index % 2 === 0 ? 'left' : 'right';
    return { id: `film-${index}`, label, load: async () => ndarrayOf(pixels, [side, side, 3]) };
  });
}
