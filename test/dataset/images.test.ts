import { describe, expect, it } from 'vitest';
import { cacheImages, mapImages, ndarrayOf, type Image, type LoadOptions, type Sample } from 'spine-xray-ml';
import { ramp, sample } from './samples.js';

/** A sample whose reads are counted and end when told to. */
function slowSample(id: string, rest: Partial<Sample> = {}) {
  const reads: { options: LoadOptions | undefined; resolve(image: Image): void; reject(error: unknown): void }[] = [];
  const load = (options?: LoadOptions) =>
    new Promise<Image>((resolve, reject) => {
      reads.push({ options, resolve, reject });
      options?.signal?.addEventListener('abort', () => reject(options.signal?.reason));
    });
  return { reads, sample: sample(id, 'normal', { ...rest, load }) };
}

/** A sample that counts its reads. */
function countedSample(id: string, read: () => Image | Promise<Image>, rest: Partial<Sample> = {}) {
  let reads = 0;
  const load = async () => {
    reads++;
    return read();
  };
  return {
    sample: sample(id, 'normal', { ...rest, load }),
    get reads() {
      return reads;
    },
  };
}

const only = (dataset: readonly Sample[]) => dataset[0]!;

describe('mapImages', () => {
  it('changes the pixels and nothing else, at each read', async () => {
    const original = countedSample('a', () => ramp([2, 2, 1]), {
      group: 'p',
      source: 's',
      meta: { age: 14 },
      perEpoch: true,
    });
    const mapped = only(
      mapImages([original.sample], (image, { id }) =>
        ndarrayOf(Float32Array.of(image.get(1, 1, 0), id.length), [1, 2, 1]),
      ),
    );
    expect(original.reads).toBe(0);
    expect(mapped).toMatchObject({
      id: 'a',
      label: 'normal',
      group: 'p',
      source: 's',
      meta: { age: 14 },
      perEpoch: true,
    });
    expect([...(await mapped.load()).data]).toEqual([3 / 1024, 1]);
    await mapped.load();
    expect(original.reads).toBe(2);
  });

  it('passes epoch and signal on, and rejects with what the function throws', async () => {
    const { sample: slow, reads } = slowSample('a');
    const { signal } = new AbortController();
    const mapped = only(
      mapImages([slow], () => {
        throw new RangeError('no such pixel');
      }),
    );
    const read = mapped.load({ epoch: 3, signal });
    expect(reads[0]?.options).toEqual({ epoch: 3, signal });
    reads[0]?.resolve(ramp([1, 1, 1]));
    await expect(read).rejects.toThrow('no such pixel');
  });

  it('does no work on an image that came after the abort', async () => {
    const controller = new AbortController();
    let worked = false;
    const late = sample('a', 'normal', {
      load: async () => {
        controller.abort(new Error('enough'));
        return ramp([1, 1, 1]);
      },
    });
    const mapped = only(mapImages([late], (image) => ((worked = true), image)));
    await expect(mapped.load({ signal: controller.signal })).rejects.toThrow('enough');
    expect(worked).toBe(false);
  });
});

describe('cacheImages', () => {
  it('reads each sample once', async () => {
    const one = countedSample('a', () => ramp([2, 2, 1]), { group: 'p' });
    const cached = only(cacheImages([one.sample]));
    expect(cached).toMatchObject({ id: 'a', label: 'normal', group: 'p' });
    const image = await cached.load({ epoch: 0 });
    expect(await cached.load({ epoch: 1 })).toBe(image);
    expect(one.reads).toBe(1);
  });

  it('passes through what is drawn anew in each epoch', async () => {
    const one = countedSample('a', () => ramp([2, 2, 1]), { perEpoch: true });
    const cached = only(cacheImages([one.sample]));
    await cached.load({ epoch: 0 });
    await cached.load({ epoch: 1 });
    expect(one.reads).toBe(2);
  });

  it('shares a read among those who ask at the same time', async () => {
    const { sample: slow, reads } = slowSample('a');
    const cached = only(cacheImages([slow]));
    const both = [cached.load(), cached.load()];
    expect(reads).toHaveLength(1);
    reads[0]?.resolve(ramp([1, 1, 1]));
    const [first, second] = await Promise.all(both);
    expect(first).toBe(second);
  });

  it('keeps what was read first, up to maxBytes', async () => {
    // 16 bytes each; the third does not fit, a fourth of 8 does.
    const samples = ['a', 'b', 'c'].map((id) => countedSample(id, () => ramp([2, 2, 1])));
    const small = countedSample('d', () => ramp([2, 1, 1]));
    const cached = cacheImages(
      [...samples, small].map(({ sample: each }) => each),
      { maxBytes: 40 },
    );
    for (let epoch = 0; epoch < 3; epoch++) for (const each of cached) await each.load();
    expect([...samples, small].map((each) => each.reads)).toEqual([1, 1, 3, 1]);
  });

  it('counts the memory that a view holds on to', async () => {
    const view = countedSample('a', () => ndarrayOf(new Float32Array(100).subarray(0, 1), [1, 1, 1]));
    const cached = only(cacheImages([view.sample], { maxBytes: 399 }));
    await cached.load();
    await cached.load();
    expect(view.reads).toBe(2);
  });

  it('forgets failures', async () => {
    let failing = true;
    const one = countedSample('a', () => {
      if (failing) throw new Error('no such file');
      return ramp([1, 1, 1]);
    });
    const cached = only(cacheImages([one.sample]));
    await expect(Promise.all([cached.load(), cached.load()])).rejects.toThrow('no such file');
    failing = false;
    expect((await cached.load()).shape).toEqual([1, 1, 1]);
    expect(one.reads).toBe(2);
  });

  it('an abort ends the wait of one, and the read when nobody waits any more', async () => {
    const { sample: slow, reads } = slowSample('a');
    const cached = only(cacheImages([slow]));
    const [one, other] = [new AbortController(), new AbortController()];
    const first = cached.load({ signal: one.signal });
    const second = cached.load({ signal: other.signal });

    one.abort(new Error('first left'));
    await expect(first).rejects.toThrow('first left');
    expect(reads[0]?.options?.signal?.aborted).toBe(false);
    other.abort(new Error('second left'));
    await expect(second).rejects.toThrow('second left');
    expect(reads[0]?.options?.signal?.aborted).toBe(true);

    const third = cached.load();
    expect(reads).toHaveLength(2);
    reads[1]?.resolve(ramp([1, 1, 1]));
    expect((await third).shape).toEqual([1, 1, 1]);
    await expect(cached.load({ signal: one.signal })).rejects.toThrow('first left');
  });

  it('does not keep what an aborted read brings after all', async () => {
    const controller = new AbortController();
    let finish: (image: Image) => void = () => undefined;
    let reads = 0;
    const deaf = sample('a', 'normal', { load: () => (reads++, new Promise<Image>((resolve) => (finish = resolve))) });
    const cached = only(cacheImages([deaf]));
    const read = cached.load({ signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(read).rejects.toThrow('enough');
    finish(ramp([1, 1, 1]));
    await Promise.resolve();
    const again = cached.load();
    finish(ramp([2, 2, 1]));
    expect((await again).shape).toEqual([2, 2, 1]);
    expect(reads).toBe(2);
  });

  it.each([-1, 0.5, NaN])('refuses maxBytes %s', (maxBytes) => {
    expect(() => cacheImages([], { maxBytes })).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});
