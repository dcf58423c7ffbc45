import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import {
  augmentDataset,
  fineTune,
  memoryStore,
  optimizerDefaults,
  readSafetensors,
  scheduleDefaults,
  stageDefaults,
  type ByteStore,
  type FineTuneOptions,
  type History,
  type Stage,
} from 'spine-xray-ml';
import { removeTrainingKernels } from 'spine-xray-ml/backend';
import { failure } from '../../node/temporary.js';
import { backendName, useTestBackend } from '../../support/backend.js';
import { halves, smallXception, weightValues } from '../support.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
  removeTrainingKernels();
});

const stages: readonly Stage[] = [
  { name: 'head', unfreeze: 'head', epochs: 3, learningRate: 1e-2, patience: 2 },
  { name: 'last', unfreeze: { from: 'block3_sepconv1' }, epochs: 3, learningRate: 1e-3, batchNorm: 'trained' },
];
const mixing: Stage = {
  name: 'mixing',
  unfreeze: { from: 'block3_sepconv2' },
  epochs: 3,
  learningRate: 1e-3,
  mixup: { alpha: 0.4 },
  averageWeights: { decay: 0.9 },
  optimizer: { kind: 'adamax' },
  schedule: { kind: 'plateau', patience: 1, minimumChange: 1 },
  clipNorm: 1,
};
const data = { train: halves(10, 1), validation: halves(4, 2) };
const options = (more: Partial<FineTuneOptions> = {}): FineTuneOptions => ({ seed: 5, batchSize: 4, stages, ...more });

interface Outcome {
  readonly history: unknown;
  readonly weights: Map<string, number[]>;
}

const timeless = ({ stages: done }: History) =>
  done.map(({ epochs, ...stage }) => ({ ...stage, epochs: epochs.map(({ seconds: _, ...epoch }) => epoch) }));

async function train(more: Partial<FineTuneOptions>, given = data): Promise<Outcome> {
  const model = smallXception();
  const history = await fineTune(model, given, options(more));
  const outcome = { history: timeless(history), weights: weightValues(model) };
  model.dispose();
  return outcome;
}

/** A store that lets only so many writes pass, and then fails for good, as if the process had been killed. */
function stoppingStore(store: ByteStore, writes: number): ByteStore {
  let left = writes;
  return {
    ...store,
    write: async (name, bytes, how) => {
      if (name === 'checkpoint.safetensors' && left-- === 0) throw new Error('stopped');
      await store.write(name, bytes, how);
    },
  };
}

async function saved(): Promise<{ store: ByteStore; bytes: Uint8Array }> {
  const store = memoryStore();
  await expect(train({ checkpoint: stoppingStore(store, 2) })).rejects.toThrow('stopped');
  return { store, bytes: (await store.read('checkpoint.safetensors'))! };
}

describe(`checkpoints on ${backendName}`, () => {
  // Threads of TensorFlow add in an order of their own.
  it.runIf(backendName !== 'tensorflow')(
    'a run stopped after any checkpoint ends as one never stopped, to the bit',
    { timeout: 120_000 },
    async () => {
      const perEpoch = { ...data, train: augmentDataset(data.train, { seed: 3, total: 14, perEpoch: true }) };
      const kinds: [Partial<FineTuneOptions>, typeof data][] = [
        [{}, data],
        [{ cache: { views: 2, bytes: 0, spill: memoryStore() } }, perEpoch],
        [{ cache: { bytes: 0 } }, { ...perEpoch, validation: [] }],
        [{ microBatchSize: 2, stages: [mixing, stages[0]!] }, data],
      ];
      for (const [more, given] of kinds) {
        const whole = await train(more, given);
        expect(await train({ ...more, checkpoint: memoryStore() }, given)).toEqual(whole);
        // Each epoch and each stage has one.
        const writes = whole.history as { epochs: unknown[] }[];
        const total = writes.reduce((sum, { epochs }) => sum + epochs.length + 1, 0);
        // cpu takes a minute for what wasm does in three seconds.
        for (let stop = 0; stop < total; stop += backendName === 'cpu' ? 3 : 1) {
          const store = memoryStore();
          await expect(train({ ...more, checkpoint: stoppingStore(store, stop) }, given)).rejects.toThrow('stopped');
          expect(await train({ ...more, checkpoint: store }, given), `stopped after ${stop}`).toEqual(whole);
        }
      }
    },
  );

  it('a run stopped after every epoch comes to its end', async () => {
    const whole = await train({});
    const store = memoryStore();
    let outcome: Outcome | undefined;
    for (let runs = 0; !outcome; runs++) {
      expect(runs).toBeLessThan(20);
      outcome = await train({ checkpoint: stoppingStore(store, 1) }).catch(() => undefined);
    }
    const losses = (history: unknown) =>
      (history as History['stages']).flatMap(({ epochs }) => epochs.map(({ loss }) => loss));
    losses(outcome.history).forEach((loss, index) => expect(loss).toBeCloseTo(losses(whole.history)[index]!, 4));
  });

  it('a finished run is not trained again', async () => {
    const store = memoryStore();
    const first = await train({ checkpoint: store });
    const calls: string[] = [];
    const note = (name: string) => () => void calls.push(name);
    const again = await train({
      checkpoint: store,
      onBatch: note('batch'),
      onCache: note('cache'),
      onEpoch: note('epoch'),
      onStage: note('stage'),
    });
    expect(again).toEqual(first);
    expect(calls).toEqual([]);
  });

  it('reports epochs and stages that were finished once only', async () => {
    const calls: string[] = [];
    const watching = (stop?: string): Partial<FineTuneOptions> => {
      const note = (what: string) => {
        calls.push(what);
        if (what === stop) throw new Error('stopped');
      };
      return { onEpoch: ({ stage, epoch }) => note(`${stage} ${epoch}`), onStage: ({ name }) => note(name) };
    };
    const store = memoryStore();
    await expect(train({ checkpoint: store, ...watching('last 2') })).rejects.toThrow('stopped');
    await expect(train({ checkpoint: store, ...watching('last') })).rejects.toThrow('stopped');
    await train({ checkpoint: store, ...watching() });
    // What was under way when a run stopped is done again: an epoch, and a stage whose `onStage` did not end well.
    expect(calls.filter((name) => !name.startsWith('head'))).toEqual([
      'last 1',
      'last 2',
      'last 2',
      'last 3',
      'last',
      'last',
    ]);
    expect(calls.filter((name) => name === 'head')).toEqual(['head']);
  });

  it('writes after every so many epochs, and at the end of a stage', async () => {
    const written: number[] = [];
    const store = memoryStore();
    let epochs = 0;
    await train({
      stages: [{ ...stages[0]!, epochs: 5, patience: 9 }],
      checkpoint: {
        every: 2,
        store: {
          ...store,
          write: async (name, bytes) => {
            if (name === 'checkpoint.safetensors') written.push(epochs);
            await store.write(name, bytes);
          },
        },
      },
      onEpoch: () => void epochs++,
    });
    expect(written).toEqual([2, 4, 5]);
  });

  it('says so before training where nothing can be written', async () => {
    let reads = 0;
    const read = data.train.map((sample) => ({
      ...sample,
      load: () => {
        reads++;
        return sample.load();
      },
    }));
    const full: ByteStore = { ...memoryStore(), write: () => Promise.reject(new Error('no space left')) };
    await expect(train({ checkpoint: full }, { ...data, train: read })).rejects.toThrow('no space left');
    expect(reads).toBe(0);
    const store = memoryStore();
    await train({ stages: stages.slice(0, 1), checkpoint: store });
    expect(await store.list()).toEqual(['checkpoint.safetensors']);
  });

  it('leaks no tensor, whether it goes on or is refused', async () => {
    const { store, bytes } = await saved();
    const model = smallXception();
    const before = tf.memory().numTensors;
    await failure(fineTune(model, data, options({ seed: 6, checkpoint: store })));
    expect(tf.memory().numTensors).toBe(before);
    await expect(
      fineTune(
        model,
        data,
        options({
          checkpoint: store,
          onBatch: () => {
            throw new Error('from onBatch');
          },
        }),
      ),
    ).rejects.toThrow('from onBatch');
    expect(tf.memory().numTensors).toBe(before);
    await fineTune(model, data, options({ checkpoint: store }));
    expect(tf.memory().numTensors).toBe(before);
    expect(bytes.length).toBeGreaterThan(0);
  });

  it('goes on with the model that the failed run left', async () => {
    const store = memoryStore();
    const model = smallXception();
    const controller = new AbortController();
    const first = fineTune(
      model,
      data,
      options({
        checkpoint: store,
        signal: controller.signal,
        onEpoch: ({ stage, epoch }) => {
          if (stage === 'last' && epoch === 2) controller.abort(new Error('enough'));
        },
      }),
    );
    await expect(first).rejects.toThrow('enough');
    await fineTune(model, data, options({ checkpoint: store }));
    const whole = await train({});
    const weights = weightValues(model);
    for (const [name, values] of whole.weights)
      values.forEach((value, index) => expect(weights.get(name)?.[index]).toBeCloseTo(value, 4));
  });

  it('is a safetensors file that names what it holds', async () => {
    const { store } = await saved();
    // Cut after the first stage: the weights that it changed, and nothing else.
    await expect(train({ checkpoint: stoppingStore(store, 2) })).rejects.toThrow('stopped');
    const names = [...readSafetensors((await store.read('checkpoint.safetensors'))!).keys()];
    expect(names.filter((name) => name.startsWith('model/')).sort()).toEqual([
      'model/head_dense_1/bias',
      'model/head_dense_1/kernel',
      'model/predictions/bias',
      'model/predictions/kernel',
    ]);
  });

  it('refuses to go on as another run, and says what differs', async () => {
    const { store, bytes } = await saved();
    const refused: [Partial<FineTuneOptions>, typeof data, string][] = [
      [{ seed: 6 }, data, 'seed is 5 there and 6 here'],
      [{ batchSize: 2 }, data, 'options.batchSize is 4 there and 2 here'],
      [{ classWeight: 'balanced' }, data, 'objective.identity.classWeight is absent there and "balanced" here'],
      [
        { stages: [{ ...stages[0]!, learningRate: 1e-3 }, stages[1]!] },
        data,
        'stages[0].learningRate is 0.01 there and 0.001 here',
      ],
      [{ stages: stages.slice(0, 1) }, data, 'stages[1] is {'],
      [{}, { ...data, train: data.train.slice(1) }, 'train.samples is 10 there and 9 here'],
      [{}, { ...data, validation: data.validation.toReversed() }, 'validation.idsAndLabels'],
      [{ cache: { views: 3 } }, data, 'options.views is absent there and 3 here'],
    ];
    for (const [more, given, named] of refused) {
      const error = await failure(train({ ...more, checkpoint: store }, given));
      expect(error.code).toBe('checkpoint-mismatch');
      expect(error.message).toContain(named);
    }
    // Where results do not depend on it, an option may change.
    expect(await store.read('checkpoint.safetensors')).toEqual(bytes);
    await train({ checkpoint: { store, every: 2 }, cache: { bytes: 0 } });
  });

  it('takes a default that is written out for one that is not given', async () => {
    const schedule = { kind: 'plateau', patience: 9 } as const;
    const short: Stage = { name: 'head', unfreeze: 'head', epochs: 3, learningRate: 1e-2, schedule, weightDecay: 0.01 };
    const long: Stage = {
      ...stageDefaults,
      ...short,
      optimizer: { kind: 'adam', ...optimizerDefaults.adam },
      schedule: { ...scheduleDefaults.plateau, ...schedule },
      weightDecay: { rate: 0.01, weights: 'kernels' },
    };
    const ways: Partial<FineTuneOptions>[] = [{ stages: [short] }, { stages: [long], microBatchSize: 4 }];
    const whole = await train({ stages: [short] });
    for (const [first, second] of [ways, ways.toReversed()] as [Partial<FineTuneOptions>, Partial<FineTuneOptions>][]) {
      const store = memoryStore();
      await expect(train({ ...first, checkpoint: stoppingStore(store, 1) })).rejects.toThrow('stopped');
      const outcome = await train({ ...second, checkpoint: store });
      expect((outcome.history as { epochs: unknown[] }[])[0]?.epochs).toHaveLength(3);
      if (backendName !== 'tensorflow') expect(outcome).toEqual(whole);
      const trained = await failure(train({ stages: [{ ...short, batchNorm: 'trained' }], checkpoint: store }));
      expect(trained.message).toContain('stages[0].batchNorm is "frozen" there and "trained" here');
    }
  });

  it('refuses a model of other layers or other initial weights', async () => {
    const { store } = await saved();
    const weights = await failure(fineTune(smallXception(2), data, options({ checkpoint: store })));
    expect(weights.code).toBe('checkpoint-mismatch');
    expect(weights.message).toContain('initial weights');
    expect(weights.message).toContain('block1_conv1/kernel');
    const { buildXception } = await import('spine-xray-ml');
    const other = buildXception({
      classes: ['left', 'right'],
      seed: 1,
      width: 0.125,
      endBlock: 4,
      inputShape: [24, 24, 3],
      head: { dense: [8] },
    });
    const layers = await failure(fineTune(other, data, options({ checkpoint: store })));
    expect(layers).toMatchObject({ code: 'checkpoint-mismatch' });
    expect(layers.message).toContain('model.namesAndShapes');
    // The same weights, used otherwise.
    const dropping = buildXception({
      classes: ['left', 'right'],
      seed: 1,
      width: 0.125,
      endBlock: 3,
      inputShape: [24, 24, 3],
      head: { dense: [8], dropout: 0.7 },
    });
    const settings = await failure(fineTune(dropping, data, options({ checkpoint: store })));
    expect(settings).toMatchObject({ code: 'checkpoint-mismatch' });
    expect(settings.message).toMatch(/another run: model\.layers is/);
  });

  it('refuses the model that a run left in the middle of a stage before its checkpoint', async () => {
    const store = memoryStore();
    const model = smallXception();
    const slow = { checkpoint: { store, every: 3 }, stages: [stages[0]!, { ...stages[1]!, learningRate: 1e-5 }] };
    const first = fineTune(
      model,
      data,
      options({
        ...slow,
        onEpoch: ({ stage }) => {
          if (stage === 'last') throw new Error('enough');
        },
      }),
    );
    await expect(first).rejects.toThrow('enough');
    const error = await failure(fineTune(model, data, options(slow)));
    expect(error.code).toBe('checkpoint-mismatch');
    expect(error.message).toContain('Build the model anew');
    await fineTune(smallXception(), data, options(slow));
  });

  it('refuses damaged bytes wherever they are, and names the place', async () => {
    const { store, bytes } = await saved();
    const headerLength = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    const flipped = (at: number) => {
      const copy = bytes.slice();
      copy[at] = copy[at]! ^ 1;
      return copy;
    };
    const damaged = [
      new Uint8Array(0),
      bytes.slice(0, 5),
      bytes.slice(0, 100),
      bytes.slice(0, -1),
      new Uint8Array([...bytes, 0]),
      new Uint8Array(2000),
      flipped(0),
      flipped(3),
      flipped(9),
      flipped(300),
      flipped(headerLength),
      flipped(headerLength + 8),
      flipped(bytes.length - 1),
      flipped(Math.floor((bytes.length + headerLength) / 2)),
    ];
    for (const content of damaged) {
      await store.write('checkpoint.safetensors', content);
      const error = await failure(train({ checkpoint: store }));
      expect(error.code).toBe('checkpoint-format');
      expect(error.message).toContain('checkpoint.safetensors in memory');
      expect(error.message).toContain('remove it');
    }
  });

  it('refuses what is no store', async () => {
    for (const wrong of ['folder', {}, { store: 'folder' }, { store: memoryStore(), every: 0 }, null]) {
      expect((await failure(train({ checkpoint: wrong as unknown as ByteStore }))).code).toBe('invalid-argument');
    }
  });
});
