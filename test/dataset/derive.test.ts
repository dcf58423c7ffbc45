import { describe, expect, it } from 'vitest';
import { augmentDataset, mapImages, type Image, type LoadOptions, type Sample } from 'spine-xray-ml';
import { derive } from '../../src/dataset/derive.js';
import { withViews } from '../../src/inference/testTimeAugmentation.js';
import { ramp, sample } from './samples.js';

const facts = { group: 'p', source: 's', meta: { age: 14 }, perEpoch: true };

describe('derive', () => {
  it('changes the facts that it is told to, keeps all others, and reads nothing', () => {
    // Reading this sample rejects.
    const original = sample('a', 'normal', facts);
    expect(derive(original, { id: 'b', source: 'a' }, (image) => image)).toEqual({
      ...original,
      id: 'b',
      source: 'a',
      load: expect.any(Function),
    });
    expect(original.id).toBe('a');
  });

  it('makes the pixels from the original ones at each reading, and is told how it is read', async () => {
    const seen: LoadOptions[] = [];
    const original = sample('a', 'normal', { load: async ({ epoch = 0 } = {}) => ramp([1, 2, 1], epoch) });
    const derived = derive(original, {}, async (image, how) => {
      seen.push(how);
      return ramp([1, 1, 1], 2 * image.get(0, 0, 0));
    });
    const { signal } = new AbortController();
    expect((await derived.load({ epoch: 3, signal })).get(0, 0, 0)).toBe(6);
    expect((await derived.load()).get(0, 0, 0)).toBe(0);
    expect(seen).toEqual([{ epoch: 3, signal }, {}]);
  });
});

// Each of them is a derived sample: what holds for one holds for all.
describe.each<[string, (original: Sample) => Sample]>([
  ['derive', (original) => derive(original, {}, (image) => image)],
  ['mapImages', (original) => mapImages([original], (image) => image)[0]!],
  ['augmentDataset', (original) => augmentDataset([original], { seed: 1, total: 2 })[1]!],
  ['augmentDataset in each epoch', (original) => augmentDataset([original], { seed: 1, total: 2, perEpoch: true })[1]!],
  ['a view of a film', (original) => withViews([original], { seed: 1, views: 1 })[1]!],
])('a sample made by %s', (_, make) => {
  it('passes on how it is read', async () => {
    const seen: (LoadOptions | undefined)[] = [];
    const read = async (options?: LoadOptions): Promise<Image> => {
      seen.push(options);
      return ramp([4, 4, 1]);
    };
    const { signal } = new AbortController();
    await make(sample('a', 'normal', { load: read })).load({ epoch: 7, signal });
    expect(seen).toEqual([{ epoch: 7, signal }]);
  });

  it('keeps label, group and meta', () => {
    const { label, group, meta } = make(sample('a', 'normal', { group: 'p', meta: { age: 14 } }));
    expect({ label, group, meta }).toEqual({ label: 'normal', group: 'p', meta: { age: 14 } });
  });

  it('rejects with the reason of an abort that came while its original was read', async () => {
    const controller = new AbortController();
    const read = async () => {
      controller.abort(new Error('enough'));
      return ramp([4, 4, 1]);
    };
    await expect(make(sample('a', 'normal', { load: read })).load({ signal: controller.signal })).rejects.toThrow(
      'enough',
    );
  });
});
