import * as tf from '@tensorflow/tfjs-core';
import { readdir } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import {
  augmentDataset,
  fineTune,
  isSpineError,
  memoryStore,
  type ByteStore,
  type Dataset,
  type FineTuneOptions,
  type FrozenCacheOptions,
  type History,
  type Stage,
} from 'spine-xray-ml';
import { removeTrainingKernels } from 'spine-xray-ml/backend';
import { folderStore } from 'spine-xray-ml/node';
import { failure, useTemporaryFolder } from '../../node/temporary.js';
import { backendName, useTestBackend } from '../../support/backend.js';
import { halves, smallXception, weightValues } from '../support.js';

useTestBackend();
const path = useTemporaryFolder();
afterEach(() => {
  tf.disposeVariables();
  removeTrainingKernels();
});

const head: Stage = { name: 'head', unfreeze: 'head', epochs: 3, learningRate: 1e-2 };
const last: Stage = { name: 'last', unfreeze: { from: 'block3_sepconv1' }, epochs: 2, learningRate: 1e-3 };
const data = { train: halves(11, 1), validation: halves(5, 2) };
const varied = () => augmentDataset(data.train, { seed: 3, total: 19, perEpoch: true });

interface Run {
  readonly losses: number[];
  readonly weights: Map<string, number[]>;
}

async function train(
  more: Partial<FineTuneOptions>,
  given: { train: Dataset; validation: Dataset } = data,
): Promise<Run> {
  const model = smallXception();
  const history = await fineTune(model, given, { seed: 5, batchSize: 4, stages: [head, last], ...more });
  return { losses: lossesOf(history), weights: weightValues(model) };
}

const lossesOf = ({ stages }: History) =>
  stages.flatMap(({ epochs }) => epochs.flatMap(({ loss, validationLoss }) => [loss, validationLoss]));

function expectClose(a: Run, b: Run): void {
  a.losses.forEach((loss, index) => expect(loss).toBeCloseTo(b.losses[index]!, 4));
}

/** A data set that counts how often each of its films is read. */
function counted(dataset: Dataset): { dataset: Dataset; reads: Map<string, number> } {
  const reads = new Map<string, number>();
  const counting = dataset.map((sample): Dataset[number] => ({
    ...sample,
    load: (how) => {
      const key = `${sample.id} ${sample.perEpoch === true ? (how?.epoch ?? 0) : 'fixed'}`;
      reads.set(key, (reads.get(key) ?? 0) + 1);
      return sample.load(how);
    },
  }));
  return { dataset: counting, reads };
}

describe(`the cache of frozen layers on ${backendName}`, () => {
  it('gives the same bytes in memory, in a store, and in both', async () => {
    const memory = await train({});
    const stores: [string, FrozenCacheOptions][] = [
      ['all in a folder', { bytes: 0, spill: folderStore(path('all')) }],
      ['part in a folder', { bytes: 20_000, spill: folderStore(path('part')) }],
      ['all in another store', { bytes: 0, spill: memoryStore() }],
    ];
    for (const [what, cache] of stores) {
      const { losses, weights } = await train({ cache });
      // TensorFlow's threads add in an order of their own.
      if (backendName === 'tensorflow') expectClose({ losses, weights }, memory);
      else expect({ losses, weights }, what).toEqual(memory);
    }
    expectClose(memory, await train({ cache: { bytes: 0 } }));
    expect(await readdir(path('all'))).toEqual([]);
    expect(await readdir(path('part'))).toEqual([]);
  });

  it('holds no more in memory than it may, and the rest in the store', async () => {
    const entries = new Map<string, number>();
    let kept = 0;
    const spill: ByteStore = { ...memoryStore(), place: 'a store' };
    const watched: ByteStore = {
      ...spill,
      write: async (name, bytes, how) => {
        entries.set(name, bytes.length);
        await spill.write(name, bytes, how);
      },
    };
    const run = (bytes: number) =>
      train({ stages: [head], cache: { bytes, spill: watched }, onCache: ({ total }) => (kept = total) });
    await run(0);
    const total = [...entries.values()].reduce((sum, length) => sum + length, 0);
    expect(entries.size).toBe(kept);
    entries.clear();
    await run(total / 2);
    const spilled = [...entries.values()].reduce((sum, length) => sum + length, 0);
    expect(spilled).toBeGreaterThanOrEqual(total / 2);
    expect(spilled).toBeLessThan(total / 2 + total / kept);
  });

  it('reads each film once, in one pass for all stages, and counts it once', async () => {
    const train1 = counted(data.train);
    const validation = counted(data.validation);
    for (const cache of [{}, { bytes: 0, spill: memoryStore() }]) {
      const stages = new Set<string>();
      const counts: number[] = [];
      const totals = new Set<number>();
      await train(
        {
          cache,
          onCache: ({ stage, done, total }) => {
            stages.add(stage);
            totals.add(total);
            counts.push(done);
          },
        },
        { train: train1.dataset, validation: validation.dataset },
      );
      expect([...stages]).toEqual(['head']);
      expect([...totals]).toEqual([data.train.length + data.validation.length]);
      expect(counts).toEqual([...new Set(counts)].sort((a, b) => a - b));
      expect(counts.at(-1)).toBe(data.train.length + data.validation.length);
      expect([...train1.reads.values(), ...validation.reads.values()].every((count) => count === 1)).toBe(true);
      train1.reads.clear();
      validation.reads.clear();
    }
  });

  it('reads each view of a film once, as the first epochs would', async () => {
    const { dataset, reads } = counted(varied());
    const seen: string[] = [];
    await train(
      {
        cache: { views: 2 },
        onCache: ({ stage, done, total }) => {
          if (done === total) seen.push(`${stage} ${total}`);
        },
      },
      { train: dataset, validation: data.validation },
    );
    const expected = varied().flatMap(({ id, perEpoch }) =>
      perEpoch === true ? [`${id} 0`, `${id} 1`] : [`${id} fixed`],
    );
    expect([...reads.keys()].sort()).toEqual(expected.sort());
    expect([...reads.values()].every((count) => count === 1)).toBe(true);
    // The second view is computed where it is needed first.
    const varying = varied().filter(({ perEpoch }) => perEpoch === true).length;
    expect(varying).toBeGreaterThan(0);
    expect(seen).toEqual([`head ${varied().length + data.validation.length}`, `head ${varying}`]);
  });

  it('trains on views as without a cache as long as they do not come again', async () => {
    const given = { train: varied(), validation: data.validation };
    const anew = await train({}, given);
    expectClose(await train({ cache: { views: 5 } }, given), anew);
    const views = await train({ cache: { views: 2 } }, given);
    const spilled = await train({ cache: { views: 2, bytes: 0, spill: memoryStore() } }, given);
    // The first two epochs of the first stage draw the same views.
    views.losses.slice(0, 4).forEach((loss, index) => expect(loss).toBeCloseTo(anew.losses[index]!, 4));
    expect(Math.abs(views.losses[4]! - anew.losses[4]!)).toBeGreaterThan(1e-4);
    expectClose(spilled, views);
  });

  it('leaves nothing in the store nor on the backend after failures and aborts, nor from a run that was killed', async () => {
    await train({});
    const spill = folderStore(path('left'));
    await spill.write('frozen-rows-0-train-7', new Uint8Array(8));
    await spill.write('mine', new Uint8Array(8));
    const before = tf.memory().numTensors;
    const ends: Partial<FineTuneOptions>[] = [
      {
        onBatch: () => {
          throw new Error('from onBatch');
        },
      },
      {
        onCache: ({ done }) => {
          if (done > 4) throw new Error('from onCache');
        },
      },
      {
        onStage: ({ name }) => {
          if (name === 'last') throw new Error('from onStage');
        },
      },
    ];
    for (const end of ends) {
      const model = smallXception();
      const tensors = tf.memory().numTensors;
      await expect(
        fineTune(model, data, { seed: 1, batchSize: 4, stages: [head, last], cache: { bytes: 0, spill }, ...end }),
      ).rejects.toThrow('from on');
      expect(tf.memory().numTensors).toBe(tensors);
      expect(await readdir(path('left'))).toEqual(['mine']);
      model.dispose();
    }
    for (const during of ['onCache', 'onBatch'] as const) {
      const controller = new AbortController();
      await expect(
        train({
          cache: { bytes: 0, spill },
          signal: controller.signal,
          [during]: () => controller.abort(new Error('enough')),
        }),
      ).rejects.toThrow('enough');
      expect(await readdir(path('left'))).toEqual(['mine']);
    }
    tf.disposeVariables();
    expect(tf.memory().numTensors).toBeLessThanOrEqual(before);
  });

  it('is made anew after a stage that trained what it came from', async () => {
    const everything: Stage = { name: 'all', unfreeze: 'all', epochs: 2, learningRate: 1e-2, mixup: { alpha: 0.4 } };
    for (const stages of [
      [head, everything, { ...head, name: 'head again' }],
      [last, everything, { ...head, name: 'head again' }, last],
    ]) {
      const runs = [];
      for (const bytes of [0, 2 ** 30]) runs.push(await train({ stages, cache: { bytes } }));
      expectClose(...(runs as [Run, Run]));
    }
  });

  it('removes rows of its own only', async () => {
    const spill = folderStore(path('shared'));
    const others = ['frozen-base.safetensors', 'frozen-rows-of-mine.txt', 'frozen-1'];
    for (const name of others) await spill.write(name, new Uint8Array(1));
    await train({ cache: { bytes: 0, spill } });
    expect((await spill.list()).toSorted()).toEqual(others.toSorted());
  });

  it('says so when somebody takes away what it keeps', async () => {
    const store = memoryStore();
    const takeAll = async () => {
      for (const name of await store.list()) await store.remove(name);
    };
    const taking = train({ stages: [head], cache: { bytes: 0, spill: store }, onEpoch: () => void takeAll() });
    await expect(taking).rejects.toSatisfy(
      (error) => isSpineError(error, 'file-missing') && error.message.includes('one run at a time'),
    );
  });

  it.each<[string, Partial<FineTuneOptions>]>([
    ['views', { cache: { views: 0 } }],
    ['cache.bytes', { cache: { bytes: -1 } }],
    ['cache.bytes', { cache: { bytes: NaN } }],
    ['no option "cacheBytes"', { cacheBytes: 1 } as object],
    ['cache.spill', { cache: { spill: 'folder' as unknown as ByteStore } }],
    ['cache', { cache: null as unknown as FrozenCacheOptions }],
  ])('refuses a wrong %s', async (name, wrong) => {
    const error = await failure(train(wrong));
    expect(error.code).toBe('invalid-argument');
    expect(error.message).toContain(name);
  });
});
