import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { constantMasker, imageMasker, ndarrayOf, PartitionExplainer, type ExplainOptions } from 'spine-xray-ml';
import { exactEvaluations } from '../../src/explain/partition.js';
import { useTestBackend } from '../support/backend.js';
import {
  additivityErrors,
  countOf,
  goldenFunction,
  goldenImage,
  goldenWeights,
  largestDifference,
  predictEach,
  sum,
} from './support.js';

useTestBackend();

const EXACT = Number.MAX_SAFE_INTEGER;
const contexts = fc.constantFrom(null, 0 as const, 1 as const);
const shapes = fc.tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 6 }), fc.constantFrom(1, 3));

describe('laws', () => {
  it('values add up, and the budget is kept, whatever the budget, batch and context', async () => {
    const budgets = fc.integer({ min: 1, max: 120 });
    await fc.assert(
      fc.asyncProperty(
        shapes,
        budgets,
        fc.integer({ min: 1, max: 40 }),
        contexts,
        async (shape, maxEvaluations, batchSize, fixedContext) => {
          const batches: number[] = [];
          const explainer = new PartitionExplainer(predictEach(goldenFunction, batches), {
            masker: constantMasker(0.5),
          });
          const explanation = await explainer.explain(goldenImage(shape), { maxEvaluations, batchSize, fixedContext });

          expect(Math.max(...additivityErrors(explanation))).toBeLessThan(1e-9);
          expect(explanation.evaluations).toBe(sum(batches));
          const affordable = Math.max(2, maxEvaluations + (maxEvaluations % 2));
          expect(explanation.evaluations).toBe(Math.min(affordable, exactEvaluations(shape, fixedContext)));
          expect(Math.max(...batches)).toBeLessThanOrEqual(Math.max(2, batchSize + (batchSize % 2)));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('a linear function gets weight × (image − background), exactly, in every context', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), fc.constantFrom(1, 3)),
        contexts,
        async (shape, fixedContext) => {
          const count = countOf(shape);
          // Whole numbers, so that outputs are exact in float32.
          const image = ndarrayOf(
            Float32Array.from({ length: count }, (_, p) => (p * 7) % 11),
            shape,
          );
          const background = ndarrayOf(
            Float32Array.from({ length: count }, (_, p) => (p * 5) % 13),
            shape,
          );
          const weights = goldenWeights(count, 1).map((weight) => weight * 11);
          const linear = (x: Float64Array) => [sum(x.map((value, p) => value * weights[p]!)), sum(x)];
          const explainer = new PartitionExplainer(predictEach(linear), { masker: imageMasker(background) });
          const { values } = await explainer.explain(image, { maxEvaluations: EXACT, fixedContext, outputs: [0] });

          const expected = Array.from(image.data, (value, p) => weights[p]! * (value - background.data[p]!));
          expect(largestDifference(values.data, expected)).toBeLessThan(1e-9);
        },
      ),
      { numRuns: 25 },
    );
  });

  it('pixels that a function ignores get 0, pixels that it treats alike get alike', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 0, max: 15 }), { minLength: 1, maxLength: 8 }),
        async (used) => {
          const product = (x: Float64Array) => [used.reduce((result, p) => result * (1 + x[p]!), 1)];
          const explainer = new PartitionExplainer(predictEach(product), { masker: constantMasker(0) });
          const ones = ndarrayOf(new Float32Array(16).fill(1), [4, 4, 1]);
          const { values } = await explainer.explain(ones, { maxEvaluations: EXACT });

          const ignored = Array.from(values.data).filter((_, p) => !used.includes(p));
          expect(Math.max(0, ...ignored.map(Math.abs))).toBeLessThan(1e-9);
          expect(sum(values.data)).toBeCloseTo(2 ** used.length - 1, 6);
        },
      ),
      { numRuns: 25 },
    );
    const symmetric = new PartitionExplainer(
      predictEach((x) => [Math.tanh(sum(x))]),
      { masker: constantMasker(0) },
    );
    const { values } = await symmetric.explain(ndarrayOf(new Float32Array(16).fill(0.1), [4, 4, 1]), {
      maxEvaluations: EXACT,
    });
    expect(largestDifference(values.data, Array<number>(16).fill(Math.tanh(1.6) / 16))).toBeLessThan(1e-7);
  });

  it('Owen values follow the tree: of a product over three rows the last gets a half, the others a quarter each', async () => {
    const explainer = new PartitionExplainer(
      predictEach(([a, b, c]) => [a! * b! * c!]),
      { masker: constantMasker(0) },
    );
    const { values } = await explainer.explain(ndarrayOf(new Float32Array(3).fill(1), [3, 1, 1]), {
      maxEvaluations: EXACT,
    });
    expect([...values.data]).toEqual([0.25, 0.25, 0.5]);
  });

  it('below three evaluations the map is uniform', async () => {
    const explainer = new PartitionExplainer(predictEach(goldenFunction), { masker: constantMasker(0) });
    const { values, baseValues, outputValues, evaluations } = await explainer.explain(goldenImage([5, 4, 1]), {
      maxEvaluations: 1,
      outputs: [1],
    });
    expect(evaluations).toBe(2);
    const share = (outputValues[0]! - baseValues[0]!) / 20;
    expect(largestDifference(values.data, Array<number>(20).fill(share))).toBeLessThan(1e-12);
  });

  it('a finished explanation is the same again, and on the same image as a view', async () => {
    const options: ExplainOptions = { maxEvaluations: 60 };
    const explainer = new PartitionExplainer(predictEach(goldenFunction), { masker: constantMasker(0.2) });
    const image = goldenImage([6, 5, 3]);
    const first = await explainer.explain(image, options);
    const reversed = goldenImage([6, 5, 3]);
    reversed.data.reverse();
    const view = reversed.step(-1, -1, -1);
    expect((await explainer.explain(image, options)).values.data).toEqual(first.values.data);
    expect((await explainer.explain(view, options)).values.data).toEqual(first.values.data);
  });
});
