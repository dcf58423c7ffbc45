import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  batches,
  isSpineError,
  ndarrayOf,
  SpineError,
  type Batch,
  type BatchesOptions,
  type Dataset,
  type Image,
  type Sample,
} from 'spine-xray-ml';
import { idsOf, ramp, sample } from './samples.js';

/** Rejections that nobody handled, which would end a Node process. */
const unhandled: unknown[] = [];
const note = (reason: unknown) => unhandled.push(reason);
beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});
afterEach(async () => {
  await pause();
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

/** Lets everything that is ready run. */
const pause = () => new Promise((resolve) => setTimeout(resolve, 5));

/** Images that differ by sample, two classes, every third sample unlabelled. */
function films(
  count: number,
  load: (position: number) => Promise<Image> | Image = (position) => ramp([2, 3, 1], position),
): Dataset {
  return Array.from({ length: count }, (_, position) =>
    sample(`film ${position}`, ['normal', 'scoliosis', undefined][position % 3], { load: async () => load(position) }),
  );
}

async function collect(generator: AsyncIterable<Batch>): Promise<Batch[]> {
  const all: Batch[] = [];
  for await (const batch of generator) all.push(batch);
  return all;
}

/** What a generator gives before it throws, and what it throws. */
async function collectFailure(generator: AsyncIterable<Batch>): Promise<{ before: Batch[]; error: unknown }> {
  const before: Batch[] = [];
  try {
    for await (const batch of generator) before.push(batch);
  } catch (error) {
    return { before, error };
  }
  throw new Error('nothing was thrown');
}

describe('batches', () => {
  it('gives every sample once, in order, with its own pixels, label and position', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(25),
        fc.record({
          batchSize: fc.integer({ min: 1, max: 8 }),
          prefetch: fc.nat(4),
          concurrency: fc.integer({ min: 1, max: 6 }),
        }),
        fc.infiniteStream(fc.nat(3)),
        async (count, options, delays) => {
          const dataset = films(count, async (position) => {
            for (let turn = delays.next().value ?? 0; turn > 0; turn--) await Promise.resolve();
            return ramp([2, 3, 1], position);
          });
          const all = await collect(batches(dataset, options));
          expect(all.map(({ ids }) => ids.length)).toEqual(
            Array.from({ length: Math.ceil(count / options.batchSize) }, (_, batch) =>
              Math.min(options.batchSize, count - batch * options.batchSize),
            ),
          );
          expect(all.flatMap(({ ids }) => ids)).toEqual(idsOf(dataset));
          expect(all.flatMap(({ indices }) => [...indices])).toEqual([...dataset.keys()]);
          expect(all.flatMap(({ labels }) => [...labels])).toEqual(
            dataset.map(({ label }) =>
              label === undefined ? -1 : count > 1 ? ['normal', 'scoliosis'].indexOf(label) : 0,
            ),
          );
          for (const { images, ids } of all) {
            expect(images.shape).toEqual([ids.length, 2, 3, 1]);
            expect(images.stride).toEqual([6, 3, 1, 1]);
          }
          expect(all.flatMap(({ images }) => [...images.data])).toEqual(
            dataset.flatMap((_, position) => [...ramp([2, 3, 1], position).data]),
          );
        },
      ),
    );
  });

  it('shuffles by seed and epoch, labels and pixels with the ids', async () => {
    const dataset = films(20);
    const order = async (options: BatchesOptions) => {
      const all = await collect(batches(dataset, { batchSize: 6, ...options }));
      for (const { images, indices, ids, labels } of all) {
        indices.forEach((position, row) => {
          expect(images.get(row, 0, 0, 0)).toBe(position);
          expect(ids[row]).toBe(`film ${position}`);
          expect(labels[row]).toBe([0, 1, -1][position % 3]);
        });
      }
      return all.flatMap(({ indices }) => [...indices]);
    };
    const first = await order({ shuffle: { seed: 1, epoch: 0 } });
    expect([...first].sort((a, b) => a - b)).toEqual([...dataset.keys()]);
    expect(await order({ shuffle: { seed: 1, epoch: 0 }, prefetch: 0, concurrency: 1 })).toEqual(first);
    expect(await order({ shuffle: { seed: 1 } })).toEqual(first);
    const others = [
      await order({ shuffle: { seed: 1, epoch: 1 } }),
      await order({ shuffle: { seed: 2 } }),
      await order({}),
    ];
    for (const other of others) expect(other).not.toEqual(first);
    expect(await order({ shuffle: { seed: 1 }, epoch: 1 })).toEqual(others[0]);
  });

  it('reads for the epoch asked for', async () => {
    const epochs: unknown[] = [];
    const dataset = [
      sample('a', 'normal', { load: async (options) => (epochs.push(options?.epoch), ramp([1, 1, 1])) }),
    ];
    await collect(batches(dataset));
    await collect(batches(dataset, { epoch: 7 }));
    expect(epochs).toEqual([0, 7]);
  });

  it('takes the label indices from the classes given', async () => {
    const [batch] = await collect(batches(films(3), { classes: ['scoliosis', 'kyphosis', 'normal'] }));
    expect([...batch!.labels]).toEqual([2, 0, -1]);
  });

  it('copies strided views as they look', async () => {
    const base = ramp([3, 4, 3]);
    const views: Image[] = [
      base,
      base.transpose(1, 0, 2).transpose(1, 0, 2),
      base.step(-1, 1, 1),
      base.step(1, -1, -1),
    ];
    const square = ramp([4, 4, 3]);
    views.push(square.transpose(1, 0, 2).lo(1, 0, 0), square.lo(1).step(1, -1));
    const [batch] = await collect(batches(films(views.length, (position) => views[position]!)));
    views.forEach((view, row) => {
      for (let y = 0; y < 3; y++) {
        for (let x = 0; x < 4; x++) {
          for (let c = 0; c < 3; c++) expect(batch!.images.get(row, y, x, c)).toBe(view.get(y, x, c));
        }
      }
    });
  });

  it('leaves the memory of a batch to the caller', async () => {
    const kept = await collect(batches(films(6), { batchSize: 2 }));
    expect(new Set(kept.map(({ images }) => images.data.buffer)).size).toBe(3);
  });

  it('gives no batch for an empty data set', async () => {
    expect(await collect(batches([]))).toEqual([]);
  });
});

describe('reading ahead', () => {
  /** A data set that notes what is read, and how many at once. */
  function watched(count: number) {
    const state = { started: [] as number[], running: 0, most: 0 };
    const dataset = films(count, async (position) => {
      state.started.push(position);
      state.most = Math.max(state.most, ++state.running);
      await new Promise((resolve) => setTimeout(resolve, (position * 7) % 3));
      state.running--;
      return ramp([1, 1, 1], position);
    });
    return { dataset, state };
  }

  it.each([
    [0, 2],
    [1, 4],
    [3, 8],
  ])('with prefetch %i, %i samples are read while the caller works on the first batch', async (prefetch, expected) => {
    const { dataset, state } = watched(20);
    const generator = batches(dataset, { batchSize: 2, prefetch, concurrency: 3 });
    expect(state.started).toEqual([]);
    await generator.next();
    await expect.poll(() => state.started.length).toBe(expected);
    await pause();
    expect(state.started).toEqual(Array.from({ length: expected }, (_, position) => position));
    await generator.return();
  });

  it('never reads more at once than allowed, across batches, and does read at once', async () => {
    for (const concurrency of [1, 3, 5]) {
      const { dataset, state } = watched(24);
      await collect(batches(dataset, { batchSize: 2, prefetch: 4, concurrency }));
      expect(state.most).toBe(concurrency);
      expect(state.started).toHaveLength(24);
    }
  });

  it('ends when the caller leaves, with nothing left running', async () => {
    const { dataset, state } = watched(50);
    let seen = 0;
    let started = NaN;
    for await (const batch of batches(dataset, { batchSize: 2, prefetch: 3, concurrency: 2 })) {
      seen += batch.ids.length;
      started = state.started.length;
      if (seen === 4) break;
    }
    expect(state.running).toBe(0);
    await pause();
    expect(state.started).toHaveLength(started);
  });
});

describe('abort', () => {
  const reason = new Error('enough');

  it('before reading, nothing is read', async () => {
    const dataset = films(4, () => {
      throw new Error('was read');
    });
    const { error } = await collectFailure(batches(dataset, { signal: AbortSignal.abort(reason) }));
    expect(error).toBe(reason);
  });

  it('while waiting for a read that does not listen', async () => {
    const controller = new AbortController();
    const signals: (AbortSignal | undefined)[] = [];
    const deaf = sample('deaf', 'normal', {
      load: (options) => {
        signals.push(options?.signal);
        return new Promise<Image>(() => undefined);
      },
    });
    const waiting = collectFailure(batches([deaf, ...films(9)], { batchSize: 2, signal: controller.signal }));
    await pause();
    controller.abort(reason);
    expect((await waiting).error).toBe(reason);
    expect(signals[0]?.aborted).toBe(true);
    expect(signals[0]?.reason).toBe(reason);
  });

  it('while the caller works', async () => {
    const controller = new AbortController();
    const generator = batches(films(9), { batchSize: 2, signal: controller.signal });
    await generator.next();
    controller.abort(reason);
    await expect(generator.next()).rejects.toBe(reason);
    expect((await generator.next()).done).toBe(true);
  });

  it('a read that listens rejects with the reason, not as an unreadable file', async () => {
    const controller = new AbortController();
    const dataset = Array.from({ length: 6 }, (_, position) =>
      sample(`film ${position}`, 'normal', {
        load: (options) =>
          new Promise<Image>((_resolve, reject) =>
            options?.signal?.addEventListener('abort', () => reject(new Error('stopped'))),
          ),
      }),
    );
    const waiting = collectFailure(batches(dataset, { signal: controller.signal }));
    await pause();
    controller.abort(reason);
    expect((await waiting).error).toBe(reason);
  });
});

describe('failures', () => {
  /** Ten films; the one at `position` is `bad`. */
  const withBad = (position: number, bad: () => Image | Promise<Image>) =>
    films(10, (other) => (other === position ? bad() : ramp([2, 3, 1], other)));

  const faults: [string, () => Image, string, RegExp][] = [
    [
      'another shape',
      () => ramp([3, 2, 1]),
      'image-shape',
      /"film 5" has shape \[3, 2, 1\], but sample "film 0".*\[2, 3, 1\]/,
    ],
    ['other channels', () => ramp([2, 3, 3]), 'image-shape', /"film 5".*\[2, 3, 3\]/],
    [
      'no channel axis',
      () => ndarrayOf(new Float32Array(6), [2, 3]),
      'image-shape',
      /"film 5": An image has three axes .*\[2, 3\]/,
    ],
    [
      'an alpha channel',
      () => ramp([2, 3, 4] as never),
      'image-shape',
      /"film 5": An image has 1 channel .*\[2, 3, 4\]/,
    ],
    ['nothing', () => undefined as never, 'image-shape', /"film 5": An image is an ndarray/],
    ['something else', () => 'pixels' as never, 'image-shape', /"film 5": An image is an ndarray/],
    ['NaN', () => ndarrayOf(Float32Array.of(0, 0, 0, NaN, 0, 0), [2, 3, 1]), 'image-values', /"film 5".*NaN/],
    [
      'infinity',
      () => ndarrayOf(Float32Array.of(0, 0, 0, 0, 0, -Infinity), [2, 3, 1]),
      'image-values',
      /"film 5".*infinite/,
    ],
    [
      'infinities that cancel',
      () => ndarrayOf(Float32Array.of(Infinity, 0, -Infinity, 0, 0, 0), [2, 3, 1]),
      'image-values',
      /"film 5"/,
    ],
    ['bytes', () => ndarrayOf(new Uint8Array(6), [2, 3, 1]), 'image-values', /"film 5".*uint8.*preprocess/],
    ['words', () => ndarrayOf(new Uint16Array(6), [2, 3, 1]), 'image-values', /"film 5".*uint16.*preprocess/],
  ];

  it.each(faults)('%s: names the sample, after the batches before it', async (_, bad, code, message) => {
    for (const concurrency of [1, 4]) {
      const { before, error } = await collectFailure(
        batches(withBad(5, bad), { batchSize: 2, prefetch: 3, concurrency }),
      );
      expect(before.flatMap(({ ids }) => ids)).toEqual(['film 0', 'film 1', 'film 2', 'film 3']);
      expect(error).toMatchObject({
        code,
        message: expect.stringMatching(message) as string,
        details: { id: 'film 5' },
      });
    }
  });

  it('the first sample too may give no image', async () => {
    const { error } = await collectFailure(batches(withBad(0, () => null as never)));
    expect(error).toMatchObject({ code: 'image-shape', details: { id: 'film 0' } });
  });

  it('the shape asked for counts, also for the first', async () => {
    const { error } = await collectFailure(batches(films(3), { imageShape: [2, 3, 3] }));
    expect(error).toMatchObject({
      code: 'image-shape',
      message: expect.stringMatching(/"film 0".*imageShape asks for \[2, 3, 3\]/) as string,
    });
    expect(await collect(batches(films(3), { imageShape: [2, 3, 1] }))).toHaveLength(1);
  });

  it('an error of a read keeps its code and details and gains the id', async () => {
    const cause = new SpineError('file-missing', 'No file x.png.', { details: { file: 'x.png' } });
    const { error } = await collectFailure(
      batches(
        withBad(5, () => Promise.reject(cause)),
        { batchSize: 2 },
      ),
    );
    expect(isSpineError(error, 'file-missing')).toBe(true);
    expect(error).toMatchObject({
      message: 'Sample "film 5": No file x.png.',
      cause,
      details: { file: 'x.png', id: 'film 5' },
    });
  });

  it('any other error of a read is an unreadable image', async () => {
    const cause = new TypeError('x is not a function');
    const { error } = await collectFailure(batches(withBad(0, () => Promise.reject(cause))));
    expect(error).toMatchObject({ code: 'image-unreadable', message: 'Sample "film 0": x is not a function', cause });
  });

  it('of several failures the first in order is reported, whichever comes first in time', async () => {
    const dataset = films(8, async (position) => {
      if (position === 6) throw new Error('fast');
      if (position === 5) {
        await new Promise((resolve) => setTimeout(resolve, 10));
        throw new Error('slow');
      }
      return ramp([1, 1, 1]);
    });
    for (const batchSize of [2, 8]) {
      const { error } = await collectFailure(batches(dataset, { batchSize }));
      expect((error as Error).message).toBe('Sample "film 5": slow');
    }
  });

  it('what is refused before any reading', () => {
    const unread: Sample[] = [sample('a', 'normal'), sample('b', 'kyphosis')];
    const refusal = (code: string, message: RegExp) =>
      expect.objectContaining({ code, message: expect.stringMatching(message) as string }) as Error;
    expect(() => batches(unread, { classes: ['normal'] })).toThrow(refusal('unknown-label', /"b".*"kyphosis"/));
    expect(() => batches(unread, { classes: [] })).toThrow(refusal('invalid-argument', /classes/));
    expect(() => batches(unread, { batchSize: 0 })).toThrow(refusal('invalid-argument', /batchSize/));
    expect(() => batches(unread, { prefetch: -1 })).toThrow(refusal('invalid-argument', /prefetch/));
    expect(() => batches(unread, { concurrency: 0 })).toThrow(refusal('invalid-argument', /concurrency/));
    expect(() => batches(unread, { epoch: 0.5 })).toThrow(refusal('invalid-argument', /epoch/));
    expect(() => batches(unread, { imageShape: [2, 0, 1] })).toThrow(refusal('invalid-argument', /imageShape/));
    expect(() => batches(unread, { shuffle: { seed: NaN } })).toThrow(refusal('invalid-argument', /seed/));
  });
});
