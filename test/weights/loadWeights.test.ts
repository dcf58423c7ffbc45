import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import {
  ndarrayOf,
  buildXception,
  isSpineError,
  loadWeights,
  readSafetensors,
  type NamedArrays,
  type WeightReport,
} from 'spine-xray-ml';
import { modelWeights, writeSafetensors } from 'spine-xray-ml/weights';
import { useTestBackend } from '../support/backend.js';

useTestBackend();
afterEach(() => {
  tf.disposeVariables();
});

const build = (seed: number, head: false | { dense: number[] } = false) =>
  buildXception({ classes: 2, seed, width: 0.125, endBlock: 3, inputShape: [32, 32, 3], head });
const weightsOf = (model: ReturnType<typeof build>): Map<string, ReturnType<typeof ndarrayOf<Float32Array>>> =>
  new Map(
    modelWeights(model).map(({ name, shape, read }) => [name, ndarrayOf(Float32Array.from(read().dataSync()), shape)]),
  );
const flat = (weights: NamedArrays) => [...weights].map(([name, { data }]) => [name, Array.from(data)]);

function failure(work: () => unknown): { code: string; message: string; details: unknown } {
  try {
    work();
  } catch (error) {
    if (isSpineError(error)) return error;
    throw error;
  }
  return expect.unreachable();
}

describe('loadWeights', () => {
  it('makes one model equal another, and leaks nothing', () => {
    const source = build(1);
    const target = build(2);
    const weights = weightsOf(source);
    const before = tf.memory().numTensors;
    const report = loadWeights(target, weights);
    expect(tf.memory().numTensors).toBe(before);
    expect(report).toEqual({ matched: [...weights.keys()], missing: [], unexpected: [] });
    expect(flat(weightsOf(target))).toEqual(flat(weights));
  });

  it('does not take a copy of the caller’s array for its own', () => {
    const target = build(2);
    const weights = weightsOf(build(1));
    loadWeights(target, weights);
    const before = flat(weightsOf(target));
    for (const { data } of weights.values()) data.fill(9);
    expect(flat(weightsOf(target))).toEqual(before);
  });

  it('reads strided arrays in the order of their axes', () => {
    const transposed = ndarrayOf(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 3]).transpose(1, 0);
    const written = readSafetensors(writeSafetensors(new Map([['a', transposed]])));
    expect(written.get('a')?.shape).toEqual([3, 2]);
    expect(Array.from(written.get('a')?.data ?? [])).toEqual([1, 4, 2, 5, 3, 6]);
    const target = build(2, { dense: [4] });
    const kernel = ndarrayOf(
      Float32Array.from({ length: 8 }, (_, i) => i),
      [2, 4],
    ).transpose(1, 0);
    loadWeights(target, new Map([['predictions/kernel', kernel]]), { strict: false });
    expect(Array.from(weightsOf(target).get('predictions/kernel')?.data ?? [])).toEqual([0, 4, 1, 5, 2, 6, 3, 7]);
  });

  it('loads a backbone under a new head with strict off, and says what is missing', () => {
    const target = build(2, { dense: [4] });
    const head = ['head_dense_1/kernel', 'head_dense_1/bias', 'predictions/kernel', 'predictions/bias'];
    const strict = failure(() => loadWeights(target, weightsOf(build(1))));
    expect(strict.code).toBe('weights-mismatch');
    expect((strict.details as WeightReport).missing).toEqual(head);
    expect(loadWeights(target, weightsOf(build(1)), { strict: false }).missing).toEqual(head);
  });

  it('refuses unexpected weights, other shapes and other architectures, changing nothing', () => {
    const target = build(2);
    const before = flat(weightsOf(target));
    const own = weightsOf(build(1));
    const more = new Map([...own, ['block99/kernel', ndarrayOf(new Float32Array(1), [1])]]);
    expect(failure(() => loadWeights(target, more)).message).toContain('block99/kernel');
    const wide = weightsOf(
      buildXception({ classes: 2, seed: 1, width: 0.25, endBlock: 3, inputShape: [32, 32, 3], head: false }),
    );
    expect(failure(() => loadWeights(target, wide, { strict: false })).message).toMatch(/another width/);
    const other = new Map([['layer1.0.conv1.weight', ndarrayOf(new Float32Array(1), [1])]]);
    expect(failure(() => loadWeights(target, other, { strict: false })).message).toMatch(/as torch names them/);
    const another = new Map([['block99/kernel', ndarrayOf(new Float32Array(1), [1])]]);
    expect(failure(() => loadWeights(target, another, { strict: false })).message).toMatch(/another architecture/);
    expect(flat(weightsOf(target))).toEqual(before);
  });

  it.each([NaN, Infinity, -Infinity, 1e39])(
    'refuses %d among the weights, naming the tensor, changing nothing',
    (odd) => {
      const target = build(2);
      const before = flat(weightsOf(target));
      const own: NamedArrays = weightsOf(build(1));
      const name = 'block2_sepconv1/depthwise_kernel';
      const { shape, size } = own.get(name)!;
      for (let index = 0; index < size; index += 7) {
        const values = new Float64Array(size);
        values[index] = odd;
        const { code, message } = failure(() =>
          loadWeights(target, new Map([...own, [name, ndarrayOf(values, shape)]])),
        );
        expect(code).toBe('weights-values');
        expect(message).toContain(`"${name}" holds ${odd}: no`);
      }
      const many = ndarrayOf(new Float32Array(size).fill(NaN), shape);
      expect(failure(() => loadWeights(target, new Map([...own, [name, many]]))).message).toContain(
        `NaN and ${size - 1} more such values`,
      );
      expect(flat(weightsOf(target))).toEqual(before);
    },
  );

  it('looks at the weights that it loads, and at nothing else that lies beside them', () => {
    const target = build(2);
    const own = weightsOf(build(1));
    const shared = new Float32Array(16).fill(NaN).fill(0.5, 8);
    const bias = ndarrayOf(shared, own.get('block1_conv1_bn/beta')!.shape, undefined, 8);
    const report = loadWeights(
      target,
      new Map([...own, ['block1_conv1_bn/beta', bias], ['other/kernel', ndarrayOf(Float32Array.of(NaN), [1])]]),
      { strict: false },
    );
    expect(report.unexpected).toEqual(['other/kernel']);
    expect(weightsOf(target).get('block1_conv1_bn/beta')?.get(3)).toBe(0.5);
  });

  it('says of no weights at all that there are none', () => {
    expect(failure(() => loadWeights(build(2), new Map(), { strict: false })).message).toMatch(
      /There is no weight to load: the weights are empty\. The model has block1_conv1\/kernel/,
    );
  });
});
