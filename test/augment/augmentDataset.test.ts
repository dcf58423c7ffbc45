import { describe, expect, it } from 'vitest';
import { ndarrayOf, augmentDataset, type Dataset, type LoadOptions, type Sample } from 'spine-xray-ml';
import { valuesOf } from '../support/pixels.js';

const failure = (code: string, message: RegExp) =>
  expect.objectContaining({ code, message: expect.stringMatching(message) });

/** The paper's 338 films: 188, 79 and 71 of three classes, two films to a patient; each load is counted. */
function films(loads: LoadOptions[] = []): Dataset {
  const labels = [
    ...Array<string>(188).fill('scoliosis'),
    ...Array<string>(79).fill('spondylolisthesis'),
    ...Array<string>(71).fill('normal'),
  ];
  return labels.map((label, index) => ({
    id: `film-${index}`,
    label,
    group: `patient-${index >> 1}`,
    meta: { age: 10 + (index % 60) },
    load: (options: LoadOptions = {}) => {
      loads.push(options);
      return Promise.resolve(
        ndarrayOf(
          Float32Array.from({ length: 36 }, (_, i) => ((i * 7 + index) % 36) / 36),
          [6, 6, 1],
        ),
      );
    },
  }));
}

const pixels = async (sample: Sample, options?: LoadOptions) => valuesOf(await sample.load(options));
const named = (dataset: Dataset, id: string) => dataset.find((sample) => sample.id === id)!;

describe('augmentDataset', () => {
  it('grows 338 films to 3500: originals first, copies after, evenly and in proportion', () => {
    const originals = films();
    const dataset = augmentDataset(originals, { seed: 1, total: 3500 });
    expect(dataset).toHaveLength(3500);
    expect(dataset.slice(0, 338)).toEqual(originals);
    expect(new Set(dataset.map(({ id }) => id)).size).toBe(3500);

    const copies = new Map<string, number>();
    for (const { source } of dataset.slice(338)) copies.set(source!, (copies.get(source!) ?? 0) + 1);
    expect(copies.size).toBe(338);
    expect(new Set(copies.values())).toEqual(new Set([9, 10]));

    const share = (label: string) => dataset.filter((sample) => sample.label === label).length / 3500;
    expect(Math.abs(share('scoliosis') - 188 / 338)).toBeLessThan(2 / 3500);
    expect(Math.abs(share('spondylolisthesis') - 79 / 338)).toBeLessThan(2 / 3500);
    expect(Math.abs(share('normal') - 71 / 338)).toBeLessThan(2 / 3500);
  });

  it('carries label, group and meta, and names the original', () => {
    const originals = films();
    for (const copy of augmentDataset(originals, { seed: 1, total: 800 }).slice(338)) {
      const original = named(originals, copy.source!);
      expect(copy.id).toMatch(new RegExp(`^${original.id}#[12]$`));
      expect([copy.label, copy.group, copy.meta]).toEqual([original.label, original.group, original.meta]);
    }
  });

  it('reads nothing before a copy is loaded, and then its original alone', async () => {
    const loads: LoadOptions[] = [];
    const dataset = augmentDataset(films(loads), { seed: 1, total: 3500 });
    expect(loads).toEqual([]);
    const signal = new AbortController().signal;
    await dataset[400]?.load({ epoch: 3, signal });
    expect(loads).toEqual([{ epoch: 3, signal }]);
  });

  it('gives a copy that depends on seed and id alone', async () => {
    const originals = films();
    const dataset = augmentDataset(originals, { seed: 5, total: 700 });
    const reversed = augmentDataset([...originals].reverse(), { seed: 5, total: 700 });
    const longer = augmentDataset(originals, { seed: 5, total: 3500 });
    const other = augmentDataset(originals, { seed: 6, total: 700 });
    const ids = dataset.slice(338, 358).map(({ id }) => id);
    expect(new Set(reversed.map(({ id }) => id))).toEqual(new Set(dataset.map(({ id }) => id)));

    const first = await Promise.all(ids.map((id) => pixels(named(dataset, id))));
    const again = [];
    for (const id of [...ids].reverse()) again.unshift(await pixels(named(reversed, id)));
    expect(again).toEqual(first);
    expect(await Promise.all(ids.map((id) => pixels(named(longer, id))))).toEqual(first);
    expect(await Promise.all(ids.map((id) => pixels(named(dataset, id), { epoch: 9 })))).toEqual(first);
    const others = await Promise.all(
      ids.map((id) => pixels(other.find((sample) => sample.id === id) ?? named(longer, id))),
    );
    expect(others).not.toEqual(first);
    expect(new Set(first.map(String)).size).toBeGreaterThan(15);
  });

  it('draws copies anew in each epoch with perEpoch, and never the originals', async () => {
    const dataset = augmentDataset(films(), { seed: 5, total: 700, perEpoch: true });
    expect(dataset.map((sample) => sample.perEpoch ?? false)).toEqual(dataset.map((_, index) => index >= 338));
    const copies = dataset.slice(338, 348);
    const epoch = (number: number) => Promise.all(copies.map((copy) => pixels(copy, { epoch: number })));
    const [zero, one, zeroAgain] = [await epoch(0), await epoch(1), await epoch(0)];
    expect(zeroAgain).toEqual(zero);
    expect(await Promise.all(copies.map((copy) => pixels(copy)))).toEqual(zero);
    expect(copies.filter((_, i) => String(zero[i]) !== String(one[i])).length).toBeGreaterThan(6);
    expect(await pixels(dataset[0]!, { epoch: 1 })).toEqual(await pixels(dataset[0]!, { epoch: 0 }));
  });

  it('copies copies without losing the first source, under ids of their own', () => {
    const [first, second] = films();
    const once = augmentDataset([first, second] as Dataset, { seed: 1, total: 4 });
    const twice = augmentDataset(once, { seed: 2, total: 12 });
    expect(new Set(twice.map(({ id }) => id)).size).toBe(12);
    expect(new Set(twice.map(({ id, source }) => source ?? id))).toEqual(new Set(['film-0', 'film-1']));
    expect(twice.filter(({ id }) => id === 'film-0#2')).toHaveLength(1);
  });

  it('adds nothing if the total is there, and takes films without a label', () => {
    const unlabelled = films().map((film) => ({ id: film.id, load: (options?: LoadOptions) => film.load(options) }));
    expect(augmentDataset(unlabelled, { seed: 1, total: 338 })).toEqual(unlabelled);
    const copy = augmentDataset(unlabelled, { seed: 1, total: 339 })[338]!;
    expect(Object.keys(copy).sort()).toEqual(['id', 'load', 'source']);
  });

  it('rejects with the reason if it is aborted while its original is read', async () => {
    const controller = new AbortController();
    const slow: Sample = {
      id: 'slow',
      load: async () => {
        controller.abort(new Error('enough'));
        return Promise.resolve(ndarrayOf(new Uint8Array(1), [1, 1, 1]));
      },
    };
    const copy = augmentDataset([slow], { seed: 1, total: 2 })[1]!;
    await expect(copy.load({ signal: controller.signal })).rejects.toThrow('enough');
  });

  it('refuses what it cannot do, before anything is read', () => {
    const loads: LoadOptions[] = [];
    const originals = films(loads);
    expect(() => augmentDataset(originals, { seed: 1, total: 337 })).toThrow(
      failure('invalid-argument', /at least 338 here, got 337/),
    );
    expect(() => augmentDataset(originals, { seed: 1, total: 400.5 })).toThrow(
      failure('invalid-argument', /got 400.5/),
    );
    expect(() => augmentDataset(originals, { total: 400 } as never)).toThrow(
      failure('invalid-argument', /seed must be/),
    );
    expect(() => augmentDataset([], { seed: 1, total: 4 })).toThrow(failure('dataset-empty', /no sample/));
    expect(() => augmentDataset([...originals, originals[3]!], { seed: 1, total: 400 })).toThrow(
      failure('duplicate-id', /film-3/),
    );
    expect(() => augmentDataset(originals, { seed: 1, total: 400, transpose: { probability: 2 } })).toThrow(
      failure('invalid-argument', /transpose/),
    );
    expect(loads).toEqual([]);
  });
});
